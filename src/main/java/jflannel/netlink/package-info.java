/// Netlink on the wire: sockets, requests, answers, attributes. Kernel objects are in `jflannel.kernel`.
package jflannel.netlink;

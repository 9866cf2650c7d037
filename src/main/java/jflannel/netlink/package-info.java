/// Netlink as it is on the wire: sockets, requests, answers, attributes. Knows no kernel object; those are in
/// `jflannel.kernel`.
package jflannel.netlink;

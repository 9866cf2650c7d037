/// Packets as bytes: headers, checksums, ICMP errors, cutting and joining of super-packets, longest-prefix lookup. Pure
/// functions over memory, without sockets.
package jflannel.packet;

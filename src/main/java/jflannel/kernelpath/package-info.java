/// The kernel's half of the udp backend: two programs that carry the packets between nodes which both have them, with
/// the daemon at rest. What they do not handle they leave, unchanged, to the loops of `jflannel.dataplane`, which do
/// the same to every packet.
///
/// ```
///   kernel routes the overlay network to the TUN device
///        |                                   ^
///   egress hook: Egress                redirected to the device
///        |                                   |
///   neighbor on the way to the peer    ingress hook: Ingress
///        v                                   |
///   interface to the other nodes, with flannel's datagrams
/// ```
package jflannel.kernelpath;

/// The packet path of the udp backend: the only place where packets pass through this program.
///
/// ```
///   kernel routes the overlay network to the TUN device
///        |                                   ^
///      read                                write
///        v                                   |
///   TunToUdp: header, peer, TTL        UdpToTun: header, TTL
///        |                                   ^
///     sendmsg                             recvmsg
///        v                                   |
///   UDP socket, one for each family of the network between the nodes
/// ```
///
/// A datagram carries one raw IP packet and nothing else, as flannel's udp backend always did.
///
/// One platform thread serves one direction of one descriptor, and owns all it writes: buffers, counters, rate limit.
/// What threads share is immutable and swapped as a whole ([PeerTable]). The loops neither allocate nor lock nor
/// throw: a packet that cannot travel is counted ([Counter]), and its sender is informed by ICMP where that is allowed.
///
/// [UdpTunnel] is the entry point. The package knows no lease, store or backend.
package jflannel.dataplane;

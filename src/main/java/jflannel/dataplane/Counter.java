package jflannel.dataplane;

/// What the packet loops count, since the tunnel was opened. Bytes are those of inner packets with their IP
/// headers.
///
/// Every packet read from the device ends in exactly one of [#UDP_SENT_PACKETS] and the `OUT_…` drops; every
/// datagram received in exactly one of [#TUN_WRITTEN_PACKETS] and the `IN_…` drops.
public enum Counter {
    /// Packets that the kernel gave us for a peer.
    TUN_READ_PACKETS,
    /// Their bytes.
    TUN_READ_BYTES,
    /// Super-packets among what was read: packets of one flow that the kernel gave us as one, to be cut here.
    TUN_READ_SUPER_PACKETS,
    /// Packets sent to a peer.
    UDP_SENT_PACKETS,
    /// Their bytes, without the outer headers.
    UDP_SENT_BYTES,
    /// Trains sent: datagrams of one size to one peer that the kernel took as one message, or single ones. Packets
    /// divided by trains is how much of the kernel's work per message was saved.
    UDP_SENT_TRAINS,
    /// Calls to send, each with several trains if there are several.
    UDP_SEND_CALLS,
    /// Dropped: not one whole IPv4 or IPv6 packet.
    OUT_MALFORMED,
    /// Dropped: for a multicast group or for everybody, which an overlay of subnets does not carry. The kernel
    /// sends a few on any device that comes up (router solicitations, group reports).
    OUT_MULTICAST,
    /// Dropped: no peer has a subnet around the destination. The sender is informed.
    OUT_NO_PEER,
    /// Dropped: the time to live or hop limit ended here. The sender gets an ICMP error.
    OUT_EXPIRED,
    /// Dropped: larger than a datagram to this peer may be. The sender is informed of the size that fits.
    OUT_TOO_BIG,
    /// Dropped: the peer's endpoint is of a family for which this node has no socket.
    OUT_NO_SOCKET,
    /// Dropped: the send buffer stayed full, or a stream had so much in the queue that it must send less.
    OUT_CONGESTED,
    /// Dropped: the kernel refused to send (no route to the peer, a firewall rule, ...).
    OUT_REFUSED,

    /// Datagrams received.
    UDP_RECEIVED_PACKETS,
    /// Their bytes, without the outer headers.
    UDP_RECEIVED_BYTES,
    /// Trains received: datagrams of one size and sender that the kernel gave us as one message, or single ones.
    UDP_RECEIVED_TRAINS,
    /// Calls that received something.
    UDP_RECEIVE_CALLS,
    /// Datagrams that the kernel dropped because this program did not receive them fast enough. They are in no
    /// other count; known from the next datagram that is received.
    UDP_LOST_PACKETS,
    /// Packets handed to the kernel.
    TUN_WRITTEN_PACKETS,
    /// Their bytes.
    TUN_WRITTEN_BYTES,
    /// Super-packets among what was written: packets of one flow that were joined, for the kernel to handle as one.
    TUN_WRITTEN_SUPER_PACKETS,
    /// Dropped: the datagram is not one whole IPv4 or IPv6 packet.
    IN_MALFORMED,
    /// Dropped: the packet's source does not belong to the peer that sent it.
    IN_WRONG_SOURCE,
    /// Dropped: the time to live or hop limit ended here. The sender gets an ICMP error.
    IN_EXPIRED,
    /// Dropped: the device is down.
    IN_DEVICE_DOWN,
    /// Dropped: the kernel took the packet for malformed, or had no memory for it.
    IN_REFUSED,

    /// ICMP and ICMPv6 errors sent about dropped packets.
    ICMP_SENT,
    /// ICMP and ICMPv6 errors not sent because there were too many.
    ICMP_LIMITED,
    /// ICMP and ICMPv6 errors that the kernel refused to send.
    ICMP_REFUSED,

    /// Calls to read the device or a socket that failed for a passing reason.
    READ_ERRORS
}

package jflannel.trace;

import jflannel.foreign.Packet;
import jflannel.ip.Family;
import jflannel.ip.Ip;

/// Which packet to follow.
///
/// @param source the sender's address: of a pod on this node, or of this node itself; null if the node may choose
/// @param protocol IP protocol number
/// @param port destination port; 0 for ICMP
public record Question(Ip source, Ip destination, int protocol, int port) {
    /// An echo request.
    public static Question echo(Ip source, Ip destination) {
        boolean v4 = destination.family() == Family.IPV4;
        return new Question(source, destination, v4 ? Packet.ICMP : Packet.ICMPV6, 0);
    }

    /// `tcp`, `udp` or `icmp`.
    public String protocolWord() {
        return switch (protocol) {
            case Packet.TCP -> "tcp";
            case Packet.UDP -> "udp";
            default -> "icmp";
        };
    }
}

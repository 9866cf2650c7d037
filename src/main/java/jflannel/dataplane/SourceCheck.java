package jflannel.dataplane;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReference;
import jflannel.ip.Family;
import jflannel.packet.IpPacket;
import jflannel.packet.NetworkOrder;

/// Lets a packet in only from the peer that its source address belongs to. Without that, anyone who can reach the
/// port can send in the name of any pod. For one thread.
///
/// What counts is the address that a datagram comes from, not its port: behind NAT that may differ from the port
/// that the peer listens on. A node may also send with its own address as the inner source, as when one of its
/// programs is bound to that.
final class SourceCheck {
    private static final System.Logger LOG = System.getLogger(SourceCheck.class.getName());

    private final AtomicReference<PeerTable> peers;
    private final Family outer;
    private MemorySegment sender = MemorySegment.NULL;
    private long senderAt; // its IP address
    private boolean logged;

    SourceCheck(AtomicReference<PeerTable> peers, Family outer) {
        this.peers = peers;
        this.outer = outer;
    }

    /// Sets the sender of the packets that come next.
    ///
    /// @param at where it stands in `sender`, as a [SocketAddress] of the outer family
    void sender(MemorySegment sender, long at) {
        this.sender = sender;
        this.senderAt = at + SocketAddress.host(outer);
    }

    /// @param at where a packet begins that is sound by [IpPacket#family]
    boolean allows(Family inner, MemorySegment packet, long at) {
        PeerTable table = peers.get();
        long source = at + IpPacket.source(inner);
        int endpoint = table.find(inner, packet, source);
        if (endpoint != PeerTable.NONE && table.isAt(endpoint, outer, sender, senderAt)) {
            return true;
        }
        boolean allowed = inner == outer
                && NetworkOrder.isSameIp(outer, packet, source, sender, senderAt)
                && table.isNode(outer, packet, source);
        if (!allowed && !logged) {
            logged = true;
            tell(inner, packet, source);
        }
        return allowed;
    }

    private void tell(Family inner, MemorySegment packet, long source) {
        LOG.log(
                System.Logger.Level.WARNING,
                "dropped a packet with the source {0} from {1}, which has no lease for it; further cases are only"
                        + " counted (\"SourceCheck\": false lets them in)",
                NetworkOrder.ip(inner, packet, source),
                NetworkOrder.ip(outer, sender, senderAt));
    }
}

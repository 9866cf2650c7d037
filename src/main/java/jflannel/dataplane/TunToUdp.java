package jflannel.dataplane;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.concurrent.atomic.AtomicReference;
import jflannel.ip.Family;
import jflannel.linux.Errno;
import jflannel.linux.Fd;
import jflannel.linux.Libc;

/// The way of a packet from the kernel to a peer, one at a time:
///
/// 1. read it from the device                                        [#run]
/// 2. see that it is one whole IP packet, for one host               [#forward]
/// 3. find the peer whose subnet is the narrowest around it
/// 4. count the hop: time to live or hop limit
/// 5. send it, raw, as one datagram                                  [#send]
/// 6. or drop it, count why, and tell its sender where that is allowed
///
/// The route is looked up before the hop is counted, as in Go flannel: a packet to nobody is unreachable even on its
/// last hop.
final class TunToUdp implements Runnable {
    private static final System.Logger LOG = System.getLogger(TunToUdp.class.getName());

    private static final int BUFFER_BYTES = 1 << 16; // the longest IP packet has one byte less
    private static final int CONGESTED_MILLIS = 100;
    private static final int CONGESTED_ATTEMPTS = 10;
    private static final int TROUBLED_MILLIS = 100;

    private final Fd tun;
    private final int socketV4;
    private final int socketV6;
    private final AtomicReference<PeerTable> peers;
    private final PathMtu pathMtu;
    private final IcmpReporter icmp;
    private final Counters counters;
    private final StopSignal stop;
    private final Readiness input;
    private final Readiness roomV4;
    private final Readiness roomV6;
    private final Refusals refusals = new Refusals(LOG, "send to a peer");

    private final MemorySegment packet;
    private final MemorySegment header;
    private final MemorySegment callState;

    /// What the loop works on, all owned by the tunnel. Sockets may be null.
    record Ends(Fd tun, UdpSocket v4, UdpSocket v6, PathMtu pathMtu) {}

    TunToUdp(Ends ends, AtomicReference<PeerTable> peers, IcmpReporter icmp, Counters counters, StopSignal stop) {
        this.tun = ends.tun;
        this.socketV4 = ends.v4 == null ? -1 : ends.v4.fd().number();
        this.socketV6 = ends.v6 == null ? -1 : ends.v6.fd().number();
        this.roomV4 = ends.v4 == null ? null : Readiness.ofOutput(ends.v4.fd(), stop);
        this.roomV6 = ends.v6 == null ? null : Readiness.ofOutput(ends.v6.fd(), stop);
        this.pathMtu = ends.pathMtu;
        this.peers = peers;
        this.icmp = icmp;
        this.counters = counters;
        this.stop = stop;
        this.input = Readiness.ofInput(tun, stop);
        Arena arena = Arena.ofAuto(); // lives as long as this loop: the header points into the packet
        this.packet = arena.allocate(BUFFER_BYTES, 64);
        this.header = MessageHeader.allocate(arena, packet, 0);
        this.callState = Libc.callState(arena);
    }

    @Override
    public void run() {
        while (!stop.isRaised()) {
            long length = Libc.read(tun.number(), packet, BUFFER_BYTES, callState);
            if (length > 0) {
                input.succeeded();
                forward(packet, (int) length);
            } else if (Errno.EAGAIN.is(length)) {
                input.await(-1);
            } else if (!survives(length)) {
                stop.fail("its device is gone: " + Errno.words((int) -length), null);
            }
        }
    }

    /// True if reading may work again later. A device that is down gives nothing to read, or one of these errors.
    private boolean survives(long result) {
        boolean passing = Errno.EIO.is(result)
                || Errno.ENETDOWN.is(result)
                || Errno.ENOMEM.is(result)
                || Errno.ENOBUFS.is(result);
        if (passing) {
            counters.add(Counter.READ_ERRORS);
            input.pause(TROUBLED_MILLIS);
        }
        return passing || Errno.EINTR.is(result);
    }

    void forward(MemorySegment packet, int length) {
        counters.add(Counter.TUN_READ_PACKETS);
        counters.add(Counter.TUN_READ_BYTES, length);
        Family inner = IpPacket.family(packet, 0, length);
        if (inner == null) {
            counters.add(Counter.OUT_MALFORMED);
            return;
        }
        if (IpPacket.isForMany(inner, packet, 0)) {
            counters.add(Counter.OUT_MULTICAST);
            return;
        }
        PeerTable table = peers.get(); // one table for all of this packet
        int endpoint = table.find(inner, packet, IpPacket.destination(inner));
        if (endpoint == PeerTable.NONE) {
            counters.add(Counter.OUT_NO_PEER);
            icmp.report(IcmpError.NO_ROUTE, inner, packet, 0, length, 0);
            return;
        }
        if (!IpPacket.decrementHops(inner, packet, 0)) {
            counters.add(Counter.OUT_EXPIRED);
            icmp.report(IcmpError.TIME_EXCEEDED, inner, packet, 0, length, 0);
            return;
        }
        send(table, endpoint, inner, packet, length);
    }

    private void send(PeerTable table, int endpoint, Family inner, MemorySegment packet, int length) {
        Family outer = table.family(endpoint);
        int socket = outer == Family.IPV4 ? socketV4 : socketV6;
        if (socket < 0) {
            counters.add(Counter.OUT_NO_SOCKET);
            return;
        }
        MessageHeader.name(header, table.socketAddress(endpoint), SocketAddress.bytes(outer));
        MessageHeader.data(header, packet.address(), length);
        long result = sendPatiently(socket, outer == Family.IPV4 ? roomV4 : roomV6);
        Reference.reachabilityFence(table); // the kernel has read the address
        if (result >= 0) {
            counters.add(Counter.UDP_SENT_PACKETS);
            counters.add(Counter.UDP_SENT_BYTES, length);
        } else if (Errno.EMSGSIZE.is(result)) {
            counters.add(Counter.OUT_TOO_BIG);
            icmp.report(IcmpError.TOO_BIG, inner, packet, 0, length, pathMtu.inner(table, endpoint, inner));
        } else if (Errno.EAGAIN.is(result)) {
            counters.add(Counter.OUT_CONGESTED);
        } else {
            counters.add(Counter.OUT_REFUSED);
            refusals.report(result);
        }
    }

    /// Waits while the send buffer is full, because then the queue of the device fills and slows down its senders
    /// rather than losing their packets. ECONNREFUSED tells of an earlier datagram, not of this one.
    private long sendPatiently(int socket, Readiness room) {
        long result = Libc.sendmsg(socket, header, 0, callState);
        for (int i = 0; i < CONGESTED_ATTEMPTS && result < 0 && !stop.isRaised(); i++) {
            if (Errno.EAGAIN.is(result)) {
                room.await(CONGESTED_MILLIS);
            } else if (!Errno.ECONNREFUSED.is(result) && !Errno.EINTR.is(result)) {
                return result;
            }
            result = Libc.sendmsg(socket, header, 0, callState);
        }
        room.succeeded();
        return result;
    }
}

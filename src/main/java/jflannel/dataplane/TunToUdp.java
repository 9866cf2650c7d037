package jflannel.dataplane;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReference;
import jflannel.ip.Family;
import jflannel.linux.Errno;
import jflannel.linux.Fd;
import jflannel.linux.Libc;
import jflannel.packet.IcmpError;
import jflannel.packet.InternetChecksum;
import jflannel.packet.IpPacket;
import jflannel.packet.NetworkOrder;
import jflannel.packet.Segmentation;
import jflannel.packet.TransportHeader;
import jflannel.packet.VirtioHeader;

/// The path of packets from the kernel to peers:
///
/// 1. read from the device: a packet, or a super-packet that stands for many [#run]
/// 2. see that it is one whole IP packet, for one host                      [#take]
/// 3. let a super-packet wait, while packets of other flows are read        [Backlog]
/// 4. find the peer whose subnet is the narrowest around it
/// 5. count the hop: time to live or hop limit
/// 6. cut a super-packet, complete a checksum                               [Segmentation]
/// 7. queue it for the peer; send when enough has come or no more comes     [Outbox]
/// 8. or drop it, count why, and inform its sender where that is allowed
///
/// The route is looked up before the hop is counted, as in Go flannel: a packet to nobody is unreachable even on its
/// last hop.
final class TunToUdp implements Runnable, Outbox.Undeliverable {
    private static final int READ_BYTES = 1 << 18;
    private static final int MAX_READ = VirtioHeader.BYTES + 65_535;
    private static final int CUT_BYTES = 1 << 18; // room for any packet, and for a few super-packets
    private static final int SLOTS_AT = READ_BYTES + CUT_BYTES;
    private static final int READ_AHEAD = 64; // packets, before one that waits is sent
    private static final int TROUBLED_MILLIS = 100;

    private final Fd tun;
    private final Outbox v4;
    private final Outbox v6;
    private final AtomicReference<PeerTable> peers;
    private final PathMtu pathMtu;
    private final IcmpReporter icmp;
    private final Counters counters;
    private final StopSignal stop;
    private final Readiness input;

    /// What was read, one packet behind the other; then the packets that super-packets were cut into. Both wait there
    /// to be sent. Behind them are the slots of the backlog.
    private final MemorySegment buffer;

    private final Backlog backlog;
    private final Segmentation segmentation = new Segmentation();
    private final MemorySegment example; // the first packet of a super-packet that is dropped
    private final MemorySegment callState;
    private PeerTable table = PeerTable.EMPTY; // of what is queued
    private int endpoint; // of the packet in hand
    private int readAt;
    private int cutAt = READ_BYTES;
    private boolean expectsSuperPacket; // as the last was one
    private boolean hasOvertaken; // packets that are queued, others that wait

    /// What the loop works on, all owned by the tunnel. Sockets may be null.
    record Ends(Tun.Queue queue, UdpSocket v4, UdpSocket v6, PathMtu pathMtu) {}

    TunToUdp(Ends ends, AtomicReference<PeerTable> peers, IcmpReporter icmp, Counters counters, StopSignal stop) {
        Arena arena = Arena.ofAuto(); // lives as long as this loop
        this.tun = ends.queue.fd();
        this.pathMtu = ends.pathMtu;
        this.peers = peers;
        this.icmp = icmp;
        this.counters = counters;
        this.stop = stop;
        this.input = Readiness.ofInput(tun, stop);
        this.buffer = Libc.zeroed(arena, SLOTS_AT + Backlog.BYTES);
        this.backlog = new Backlog(buffer, SLOTS_AT, System::nanoTime);
        this.example = arena.allocate(1 << 16, 64);
        this.callState = Libc.callState(arena);
        this.v4 = ends.v4 == null ? null : new Outbox(ends.v4, buffer, this, counters, stop);
        this.v6 = ends.v6 == null ? null : new Outbox(ends.v6, buffer, this, counters, stop);
    }

    @Override
    public void run() {
        while (!stop.isRaised()) {
            boolean dry = readAhead();
            if (!backlog.isEmpty()) {
                forwardHead();
            } else if (dry) {
                flush();
                input.awaitNext();
            }
        }
    }

    /// Reads what there is: packets, which it queues for their peers, and super-packets, which have to wait.
    ///
    /// @return true if there is no more for now
    private boolean readAhead() {
        for (int i = 0; i < READ_AHEAD && !backlog.isFull(); i++) {
            int at = readsTo();
            long length = Libc.read(tun.number(), buffer.address() + at, MAX_READ, callState);
            if (length > 0) {
                input.succeeded();
                take(at, (int) length);
            } else if (Errno.EAGAIN.is(length)) {
                return true;
            } else {
                if (!survives(length)) {
                    stop.fail("its device is gone: " + Errno.words((int) -length), null);
                }
                return false;
            }
        }
        return false;
    }

    /// Where in the buffer the next packet goes: to where it stays, if it is of the kind of the last.
    int readsTo() {
        return backlog.isEmpty() && !expectsSuperPacket ? readAt : backlog.room();
    }

    /// True if reading may work again later. A device that is down gives nothing to read, or one of these errors.
    private boolean survives(long result) {
        boolean passing = Errno.EIO.is(result)
                || Errno.ENETDOWN.is(result)
                || Errno.ENOMEM.is(result)
                || Errno.ENOBUFS.is(result);
        if (passing) {
            counters.add(Counter.READ_ERRORS);
            flush();
            input.pause(TROUBLED_MILLIS);
        }
        return passing || Errno.EINTR.is(result);
    }

    /// Sends all that waits or is queued.
    void sendAll() {
        while (!backlog.isEmpty()) {
            forwardHead();
        }
        flush();
    }

    /// Sends all that is queued; then the buffer is free again.
    private void flush() {
        sendQueued();
        readAt = 0;
        cutAt = READ_BYTES;
    }

    private void sendQueued() {
        if (v4 != null) {
            v4.flush();
        }
        if (v6 != null) {
            v6.flush();
        }
    }

    /// Takes what one call has read to the buffer, with its virtio header.
    ///
    /// @param at where it lies: [#readsTo]
    void take(int at, int length) {
        int packet = at + VirtioHeader.BYTES;
        int bytes = length - VirtioHeader.BYTES;
        Family inner = bytes <= 0 ? null : IpPacket.family(buffer, packet, bytes);
        if (inner == null) {
            countRead(1, Math.max(0, bytes));
            counters.add(Counter.OUT_MALFORMED);
            return;
        }
        boolean whole = VirtioHeader.gsoType(buffer, at) == VirtioHeader.GSO_NONE;
        expectsSuperPacket = !whole;
        if (!whole || !backlog.isEmpty()) {
            int flow = backlog.flow(inner, packet, bytes);
            if (!whole || backlog.holds(flow)) {
                backlog.add(flow, at, length);
                return;
            }
            hasOvertaken = true;
        }
        move(at, readAt, length);
        forwardPacket(inner, readAt, readAt + VirtioHeader.BYTES, bytes);
    }

    private void move(int from, int to, int length) {
        if (from != to) {
            MemorySegment.copy(buffer, from, buffer, to, length);
        }
    }

    /// Sends the packet that has waited longest, behind those that need not wait.
    void forwardHead() {
        if (hasOvertaken) {
            flush();
            hasOvertaken = false;
        }
        int at = backlog.head();
        int bytes = backlog.headLength() - VirtioHeader.BYTES;
        int packet = at + VirtioHeader.BYTES;
        Family inner = IpPacket.family(buffer, packet, bytes);
        if (VirtioHeader.gsoType(buffer, at) == VirtioHeader.GSO_NONE) {
            move(at, readAt, backlog.headLength());
            forwardPacket(inner, readAt, readAt + VirtioHeader.BYTES, bytes);
        } else {
            forwardSuperPacket(inner, at, packet, bytes);
        }
        backlog.removeHead();
    }

    private void countRead(int packets, long bytes) {
        counters.add(Counter.TUN_READ_PACKETS, packets);
        counters.add(Counter.TUN_READ_BYTES, bytes);
    }

    private void forwardPacket(Family inner, int virtio, int at, int bytes) {
        countRead(1, bytes);
        if (VirtioHeader.needsChecksum(buffer, virtio) && !completeChecksum(virtio, at, bytes)) {
            counters.add(Counter.OUT_MALFORMED);
            return;
        }
        Outbox outbox = route(inner, at, bytes, 1);
        if (outbox != null) {
            outbox.add(table, endpoint, at, bytes);
            readAt = at + bytes + 15 & ~15;
            outbox.flushIfMuch();
            if (readAt > READ_BYTES - MAX_READ) {
                flush();
            }
        }
    }

    /// @return false if the field is not within the packet
    private boolean completeChecksum(int virtio, int at, int bytes) {
        int start = VirtioHeader.checksumStart(buffer, virtio);
        int offset = VirtioHeader.checksumOffset(buffer, virtio);
        if (start + offset + 2 > bytes) {
            return false;
        }
        int checksum = InternetChecksum.finish(InternetChecksum.sum(buffer, at + start, bytes - start));
        boolean udp = offset == TransportHeader.UDP_CHECKSUM; // where 0 means that there is none, RFC 768
        NetworkOrder.u16(buffer, at + start + offset, udp && checksum == 0 ? 0xffff : checksum);
        return true;
    }

    private void forwardSuperPacket(Family inner, int virtio, int at, int bytes) {
        if (!segmentation.begin(inner, buffer, virtio, at, bytes)) {
            countRead(1, bytes);
            counters.add(Counter.OUT_MALFORMED);
            return;
        }
        countRead(segmentation.count(), segmentation.totalBytes());
        counters.add(Counter.TUN_READ_SUPER_PACKETS);
        Outbox outbox = route(inner, at, bytes, segmentation.count());
        if (outbox == null) {
            return;
        }
        int dropped = segmentation.isTcp() && backlog.isLate() ? 1 : 0;
        counters.add(Counter.OUT_CONGESTED, dropped);
        for (int i = 0; i < segmentation.count() - dropped; i++) {
            int length = segmentation.bytes(i);
            if (cutAt + length > SLOTS_AT) {
                sendQueued();
                cutAt = READ_BYTES;
            }
            segmentation.write(i, buffer, cutAt);
            outbox.add(table, endpoint, cutAt, length);
            cutAt += length;
        }
        outbox.flushIfMuch();
    }

    /// Routes a packet, or the `count` packets of the super-packet in hand, and counts the hop.
    ///
    /// @return null if it goes no further; else [#endpoint] is its peer
    private Outbox route(Family inner, int at, int bytes, int count) {
        if (IpPacket.isForMany(inner, buffer, at)) {
            counters.add(Counter.OUT_MULTICAST, count);
            return null;
        }
        PeerTable current = peers.get(); // one table for all that is queued
        if (current != table) {
            sendQueued();
            table = current;
        }
        endpoint = table.find(inner, buffer, at + IpPacket.destination(inner));
        if (endpoint == PeerTable.NONE) {
            counters.add(Counter.OUT_NO_PEER, count);
            report(IcmpError.NO_ROUTE, inner, at, bytes);
            return null;
        }
        if (!IpPacket.decrementHops(inner, buffer, at)) {
            counters.add(Counter.OUT_EXPIRED, count);
            report(IcmpError.TIME_EXCEEDED, inner, at, bytes);
            return null;
        }
        Outbox outbox = table.family(endpoint) == Family.IPV4 ? v4 : v6;
        if (outbox == null) {
            counters.add(Counter.OUT_NO_SOCKET, count);
        }
        return outbox;
    }

    /// Informs the sender of a super-packet about its first packet: senders know nothing of super-packets.
    private void report(IcmpError error, Family inner, int at, int bytes) {
        if (VirtioHeader.gsoType(buffer, at - VirtioHeader.BYTES) == VirtioHeader.GSO_NONE) {
            icmp.report(error, inner, buffer, at, bytes, 0);
            return;
        }
        segmentation.write(0, example, 0);
        icmp.report(error, inner, example, 0, segmentation.bytes(0), 0);
    }

    @Override
    public void tooBig(PeerTable table, int endpoint, long at, int length) {
        Family inner = IpPacket.family(buffer, at, length);
        icmp.report(IcmpError.TOO_BIG, inner, buffer, at, length, pathMtu.inner(table, endpoint, inner));
    }

    MemorySegment buffer() {
        return buffer;
    }
}

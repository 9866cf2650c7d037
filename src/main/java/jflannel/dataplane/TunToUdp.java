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
/// 2. see that it is one whole IP packet, for one host                      [#forward]
/// 3. find the peer whose subnet is the narrowest around it
/// 4. count the hop: time to live or hop limit
/// 5. cut a super-packet, complete a checksum                               [Segmentation]
/// 6. queue it for the peer; send when enough has come or no more comes     [Outbox]
/// 7. or drop it, count why, and inform its sender where that is allowed
///
/// The route is looked up before the hop is counted, as in Go flannel: a packet to nobody is unreachable even on its
/// last hop.
final class TunToUdp implements Runnable, Outbox.Undeliverable {
    private static final int READ_BYTES = 1 << 18;
    private static final int MAX_READ = VirtioHeader.BYTES + 65_535;
    private static final int CUT_BYTES = 1 << 18; // room for any packet, and for a few super-packets
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
    /// to be sent, but a super-packet does not: what is read next takes its place.
    private final MemorySegment buffer;

    private final Segmentation segmentation = new Segmentation();
    private final MemorySegment example; // the first packet of a super-packet that is dropped
    private final MemorySegment callState;
    private PeerTable table = PeerTable.EMPTY; // of what is queued
    private int endpoint; // of the packet in hand
    private int readAt;
    private int cutAt = READ_BYTES;

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
        this.buffer = arena.allocate(READ_BYTES + CUT_BYTES, 64);
        this.example = arena.allocate(1 << 16, 64);
        this.callState = Libc.callState(arena);
        this.v4 = ends.v4 == null ? null : new Outbox(ends.v4, buffer, this, counters, stop);
        this.v6 = ends.v6 == null ? null : new Outbox(ends.v6, buffer, this, counters, stop);
    }

    @Override
    public void run() {
        while (!stop.isRaised()) {
            long length = Libc.read(tun.number(), buffer.address() + readAt, MAX_READ, callState);
            if (length > 0) {
                input.succeeded();
                forward(readAt, (int) length);
                if (readAt > READ_BYTES - MAX_READ) {
                    flush();
                }
            } else if (Errno.EAGAIN.is(length)) {
                flush();
                input.awaitNext();
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
            flush();
            input.pause(TROUBLED_MILLIS);
        }
        return passing || Errno.EINTR.is(result);
    }

    /// Sends all that is queued; then the buffer is free again.
    void flush() {
        sendAll();
        readAt = 0;
        cutAt = READ_BYTES;
    }

    private void sendAll() {
        if (v4 != null) {
            v4.flush();
        }
        if (v6 != null) {
            v6.flush();
        }
    }

    /// Takes what one call has read to the buffer, with its virtio header.
    void forward(int at, int length) {
        int packet = at + VirtioHeader.BYTES;
        int bytes = length - VirtioHeader.BYTES;
        Family inner = bytes <= 0 ? null : IpPacket.family(buffer, packet, bytes);
        if (inner == null) {
            countRead(1, Math.max(0, bytes));
            counters.add(Counter.OUT_MALFORMED);
        } else if (VirtioHeader.gsoType(buffer, at) == VirtioHeader.GSO_NONE) {
            forwardPacket(inner, at, packet, bytes);
        } else {
            forwardSuperPacket(inner, at, packet, bytes);
        }
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
        for (int i = 0; i < segmentation.count(); i++) {
            int length = segmentation.bytes(i);
            if (cutAt + length > buffer.byteSize()) {
                sendAll();
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
            sendAll();
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

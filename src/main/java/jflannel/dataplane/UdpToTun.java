package jflannel.dataplane;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReference;
import jflannel.ip.Family;
import jflannel.linux.Errno;
import jflannel.packet.Coalescer;
import jflannel.packet.IcmpError;
import jflannel.packet.IpPacket;
import jflannel.packet.Unfinished;

/// The path of packets from peers to the kernel:
///
/// 1. receive what has come, trains of datagrams                     [#run], [Inbox]
/// 2. see that each datagram holds one whole IP packet               [#accept]
/// 3. see that it comes from the peer that its source belongs to     [SourceCheck]
/// 4. count the hop: time to live or hop limit, as the sender did
/// 5. finish what a kernel that sent it left undone: a checksum, or a super-packet in one piece
///                                                                   [Unfinished]
/// 6. join packets that follow each other in a flow                  [Coalescer]
/// 7. write them to the device, and the kernel routes them on        [TunWriter]
/// 8. or drop a packet, count why, and inform its sender where that is allowed
final class UdpToTun implements Runnable {
    private static final System.Logger LOG = System.getLogger(UdpToTun.class.getName());

    private static final int TROUBLED_MILLIS = 100;
    /// An unfinished packet of TCP that is longer may be a super-packet, and is handled as one: for smaller
    /// packets than were sent every link has room.
    private static final int ALWAYS_ONE = 1280;

    private final SourceCheck sources;
    private final IcmpReporter icmp;
    private final Counters counters;
    private final StopSignal stop;
    private final Readiness input;
    private final Refusals refusals = new Refusals(LOG, "receive from peers");

    private final Inbox inbox;
    private final MemorySegment buffer;
    private final Coalescer batch;
    private final TunWriter writer;
    private int lost;

    /// What the loop works on, all owned by the tunnel.
    ///
    /// @param queue of the device to write to
    /// @param peers to check sources against, or null to let all pass
    record Ends(Tun.Queue queue, UdpSocket socket, AtomicReference<PeerTable> peers) {}

    UdpToTun(Ends ends, IcmpReporter icmp, Counters counters, StopSignal stop) {
        this.icmp = icmp;
        this.counters = counters;
        this.stop = stop;
        this.input = Readiness.ofInput(ends.socket.fd(), stop);
        this.inbox = new Inbox(Arena.ofAuto(), ends.socket.fd());
        this.buffer = inbox.buffer();
        this.batch = new Coalescer(buffer, ends.queue.takesUdpSuperPackets());
        this.writer = new TunWriter(ends.queue.fd(), buffer, counters, stop);
        this.sources = ends.peers == null ? null : new SourceCheck(ends.peers, ends.socket.family());
    }

    @Override
    public void run() {
        while (!stop.isRaised()) {
            int trains = inbox.receive();
            if (trains > 0) {
                input.succeeded();
                counters.add(Counter.UDP_RECEIVE_CALLS);
                counters.add(Counter.UDP_RECEIVED_TRAINS, trains);
                for (int i = 0; i < trains; i++) {
                    accept(i);
                }
                flush();
            } else if (Errno.EAGAIN.is(trains)) {
                input.awaitNext();
            } else if (!Errno.EINTR.is(trains)) {
                troubled(trains);
            }
        }
    }

    /// Nothing that happens to datagrams ends a socket: what is reported here is an ICMP error, or a lack of memory.
    private void troubled(int result) {
        counters.add(Counter.READ_ERRORS);
        if (!Errno.ECONNREFUSED.is(result)) {
            refusals.report(result);
            input.pause(TROUBLED_MILLIS);
        }
    }

    private void accept(int train) {
        countLost(inbox.lost(train));
        if (sources != null) {
            sources.sender(inbox.senders(), inbox.senderAt(train));
        }
        int at = inbox.at(train);
        int end = at + inbox.length(train);
        int size = inbox.datagramBytes(train);
        if (size < end - at && IpPacket.family(buffer, at, end - at) != null) {
            accept(at, end - at, size); // no train, but one super-packet
            return;
        }
        do {
            accept(at, Math.min(size, end - at));
            at += size;
        } while (at < end);
    }

    /// Takes one datagram, `at` bytes into the buffer.
    void accept(int at, int length) {
        accept(at, length, 0);
    }

    /// @param size payload of each packet in a super-packet; 0 if it is none, or that is not known
    void accept(int at, int length, int size) {
        counters.add(Counter.UDP_RECEIVED_PACKETS);
        counters.add(Counter.UDP_RECEIVED_BYTES, length);
        Family inner = IpPacket.family(buffer, at, length);
        if (inner == null) {
            counters.add(Counter.IN_MALFORMED);
            return;
        }
        if (sources != null && !sources.allows(inner, buffer, at)) {
            counters.add(Counter.IN_WRONG_SOURCE);
            return;
        }
        if (!IpPacket.decrementHops(inner, buffer, at)) {
            counters.add(Counter.IN_EXPIRED);
            icmp.report(IcmpError.TIME_EXCEEDED, inner, buffer, at, length, 0);
            return;
        }
        if (size > 0) {
            write(inner, at, length, size);
            return;
        }
        if (Unfinished.is(inner, buffer, at, length)) {
            if (length > ALWAYS_ONE && Unfinished.isTcp(inner, buffer, at, length)) {
                write(inner, at, length, 0);
                return;
            }
            Unfinished.finish(inner, buffer, at, length);
        }
        if (!batch.hasRoom()) {
            flush();
        }
        batch.add(inner, at, length);
    }

    /// Writes a super-packet behind what came before it.
    private void write(Family inner, int at, int length, int size) {
        flush();
        writer.writeWhole(inner, at, length, size);
    }

    /// Writes what was accepted.
    void flush() {
        writer.write(batch);
        batch.clear();
    }

    /// The kernel counts since the socket was opened, in 32 bits.
    private void countLost(int total) {
        if (total != MessageVector.ABSENT) {
            counters.add(Counter.UDP_LOST_PACKETS, Integer.toUnsignedLong(total - lost));
            lost = total;
        }
    }

    MemorySegment buffer() {
        return buffer;
    }
}

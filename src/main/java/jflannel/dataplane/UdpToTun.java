package jflannel.dataplane;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReference;
import jflannel.ip.Family;
import jflannel.linux.Errno;
import jflannel.packet.Coalescer;
import jflannel.packet.IcmpError;
import jflannel.packet.IpPacket;

/// The path of packets from peers to the kernel:
///
/// 1. receive what has come, trains of datagrams                     [#run], [Inbox]
/// 2. see that each datagram holds one whole IP packet               [#accept]
/// 3. see that it comes from the peer that its source belongs to     [SourceCheck]
/// 4. count the hop: time to live or hop limit, as the sender did
/// 5. join packets that follow each other in a flow                  [Coalescer]
/// 6. write them to the device, and the kernel routes them on        [TunWriter]
/// 7. or drop a packet, count why, and inform its sender where that is allowed
final class UdpToTun implements Runnable {
    private static final System.Logger LOG = System.getLogger(UdpToTun.class.getName());

    private static final int TROUBLED_MILLIS = 100;

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
        do {
            accept(at, Math.min(size, end - at));
            at += size;
        } while (at < end);
    }

    /// Takes one datagram, `at` bytes into the buffer.
    void accept(int at, int length) {
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
        if (!batch.hasRoom()) {
            flush();
        }
        batch.add(inner, at, length);
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

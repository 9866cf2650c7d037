package jflannel.dataplane;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import jflannel.linux.Errno;
import jflannel.linux.Libc;

/// Collects packets for peers and sends many of them with one call. For one thread and one socket.
///
/// ```
///   sendmmsg(2) ── message, to peer 1 ── a train: UDP_SEGMENT cuts it into datagrams of one size
///               │                        packet | packet | … | packet (may be shorter)
///               └─ message, to peer 2 ── one datagram
/// ```
///
/// The packets are not copied: they stay in the buffer that the loop read them into until [#flush] has sent them.
/// Packets for one peer leave in the order in which they were added.
public final class Outbox {
    private static final System.Logger LOG = System.getLogger(Outbox.class.getName());

    private static final int MESSAGES = 64;
    private static final int PACKETS_EACH = 64; // UDP_MAX_SEGMENTS of the kernel until 6.9, twice as many since
    private static final int ALONE = MESSAGES; // the message for what is sent singly
    private static final int LOOK_BACK = 16;
    private static final int MUCH_PACKETS = 64;
    private static final int MUCH_BYTES = 60_000; // less than the longest train, more than most can wait for
    private static final int CONGESTED_MILLIS = 100;
    private static final int CONGESTED_ATTEMPTS = 10;

    private final UdpSocket socket;
    private final MemorySegment buffer;
    private final Readiness room;
    private final StopSignal stop;
    private final Counters counters;
    private final Undeliverable undeliverable;
    private final Refusals refusals = new Refusals(LOG, "send to a peer");
    private final MemorySegment callState = Libc.callState(Arena.ofAuto());

    private final MessageVector messages = new MessageVector(Arena.ofAuto(), MESSAGES + 1, PACKETS_EACH, 1);
    private final int[] endpoint = new int[MESSAGES];
    private final int[] packetBytes = new int[MESSAGES]; // of each packet but the last
    private final int[] packets = new int[MESSAGES];
    private final int[] pieces = new int[MESSAGES];
    private final int[] bytes = new int[MESSAGES];
    private final boolean[] ended = new boolean[MESSAGES]; // its last packet is shorter, or it is full
    private int queuedPackets;
    private int queuedBytes;
    private int first;
    private int end;
    private PeerTable table = PeerTable.EMPTY;
    private boolean trains;

    /// What becomes of a packet that is larger than a datagram to its peer may be.
    public interface Undeliverable {
        /// @param at where the packet of `length` bytes lies in the buffer
        void tooBig(PeerTable table, int endpoint, long at, int length);
    }

    /// @param buffer where all packets lie
    public Outbox(
            UdpSocket socket, MemorySegment buffer, Undeliverable undeliverable, Counters counters, StopSignal stop) {
        this.socket = socket;
        this.buffer = buffer;
        this.undeliverable = undeliverable;
        this.counters = counters;
        this.stop = stop;
        this.room = Readiness.ofOutput(socket.fd(), stop);
        this.trains = socket.canCutTrains();
    }

    /// Adds the packet that lies `at` bytes into the buffer. What was added under another table must have been flushed.
    public void add(PeerTable table, int endpoint, long at, int length) {
        this.table = table;
        int i = latestTo(endpoint);
        if (i < 0 || !fits(i, length)) {
            i = begin(endpoint, length);
        }
        addPiece(i, buffer.address() + at, length);
        packets[i]++;
        bytes[i] += length;
        queuedPackets++;
        queuedBytes += length;
        ended[i] = length < packetBytes[i] || packets[i] == PACKETS_EACH || bytes[i] + length > UdpSocket.MAX_PAYLOAD;
    }

    /// Packets that lie one behind the other are one piece: the kernel copies one large piece in a fraction of the time
    /// that many small ones take.
    private void addPiece(int message, long address, int length) {
        int last = pieces[message] - 1;
        if (last >= 0) {
            long lastAddress = messages.iovecAddress(message, last);
            int lastLength = messages.iovecLength(message, last);
            if (lastAddress + lastLength == address) {
                messages.iovec(message, last, lastAddress, lastLength + length);
                return;
            }
        }
        messages.iovec(message, pieces[message]++, address, length);
    }

    /// Only the latest message to a peer may take more: else packets would overtake each other.
    private int latestTo(int peer) {
        int least = Math.max(first, end - LOOK_BACK);
        for (int i = end - 1; i >= least; i--) {
            if (endpoint[i] == peer) {
                return i;
            }
        }
        return -1;
    }

    private boolean fits(int i, int length) {
        return trains && !ended[i] && length <= packetBytes[i] && bytes[i] + length <= UdpSocket.MAX_PAYLOAD;
    }

    private int begin(int peer, int length) {
        if (end == MESSAGES) {
            flush();
        }
        int i = end++;
        endpoint[i] = peer;
        packetBytes[i] = length;
        packets[i] = 0;
        pieces[i] = 0;
        bytes[i] = 0;
        return i;
    }

    /// If enough has come together, sends all that gains nothing by waiting longer: the last message may stay, if it
    /// can take more.
    public void flushIfMuch() {
        if (queuedPackets >= MUCH_PACKETS || queuedBytes >= MUCH_BYTES) {
            send(ended[end - 1] || !trains ? end : end - 1);
        }
    }

    /// Sends all.
    public void flush() {
        send(end);
    }

    private void send(int until) {
        for (int i = first; i < until; i++) {
            address(i, endpoint[i]);
            messages.iovecCount(i, pieces[i]);
            if (packets[i] > 1) {
                messages.segmentSize(i, packetBytes[i]);
            } else {
                messages.withoutControl(i);
            }
        }
        while (first < until) {
            int sent = sendPatiently(first, until - first);
            if (sent > 0) {
                countSent(first, first + sent);
                first += sent;
            } else {
                failed(first++, sent);
            }
        }
        queuedPackets = first == end ? 0 : packets[first];
        queuedBytes = first == end ? 0 : bytes[first];
        Reference.reachabilityFence(table); // the kernel has read the addresses
        if (first == end) {
            first = 0;
            end = 0;
        }
    }

    private void address(int message, int peer) {
        messages.name(message, table.socketAddress(peer), SocketAddress.bytes(socket.family()));
    }

    /// Waits while the send buffer is full, because then the queue of the device fills and slows down its senders
    /// rather than losing their packets. ECONNREFUSED is about an earlier datagram, not this one.
    private int sendPatiently(int message, int count) {
        int fd = socket.fd().number();
        counters.add(Counter.UDP_SEND_CALLS);
        int result = Libc.sendmmsg(fd, messages.address(message), count, 0, callState);
        for (int i = 0; i < CONGESTED_ATTEMPTS && result < 0 && !stop.isRaised(); i++) {
            if (Errno.EAGAIN.is(result)) {
                room.await(CONGESTED_MILLIS);
            } else if (!Errno.ECONNREFUSED.is(result) && !Errno.EINTR.is(result)) {
                return result;
            }
            counters.add(Counter.UDP_SEND_CALLS);
            result = Libc.sendmmsg(fd, messages.address(message), count, 0, callState);
        }
        room.succeeded();
        return result;
    }

    private void countSent(int from, int until) {
        long packetSum = 0;
        long byteSum = 0;
        for (int i = from; i < until; i++) {
            packetSum += packets[i];
            byteSum += bytes[i];
        }
        counters.add(Counter.UDP_SENT_TRAINS, until - from);
        counters.add(Counter.UDP_SENT_PACKETS, packetSum);
        counters.add(Counter.UDP_SENT_BYTES, byteSum);
    }

    /// A train may be refused although its packets are not: as too big where fragments would be sent (EMSGSIZE, or
    /// EINVAL before Linux 6.14), or by a network card without checksum offload (EIO, before Linux 6.11).
    private void failed(int message, int result) {
        boolean train = packets[message] > 1;
        if (train && Errno.EIO.is(result)) {
            trains = false;
            LOG.log(
                    System.Logger.Level.INFO,
                    "the network card cannot cut packets for {0} (it has no checksum offload): sending one by one",
                    socket.family());
        }
        if (train && (Errno.EIO.is(result) || Errno.EMSGSIZE.is(result) || Errno.EINVAL.is(result))) {
            sendSingly(message);
        } else {
            drop(result, message, messages.iovecAddress(message, 0), packetBytes[message], packets[message]);
        }
    }

    /// Every packet lies within one piece, because packets were added whole.
    private void sendSingly(int message) {
        address(ALONE, endpoint[message]);
        messages.withoutControl(ALONE);
        messages.iovecCount(ALONE, 1);
        for (int n = 0; n < pieces[message]; n++) {
            long at = messages.iovecAddress(message, n);
            long end = at + messages.iovecLength(message, n);
            while (at < end) {
                int length = (int) Math.min(packetBytes[message], end - at);
                sendAlone(message, at, length);
                at += length;
            }
        }
    }

    private void sendAlone(int message, long address, int length) {
        messages.iovec(ALONE, 0, address, length);
        int result = sendPatiently(ALONE, 1);
        if (result > 0) {
            counters.add(Counter.UDP_SENT_TRAINS);
            counters.add(Counter.UDP_SENT_PACKETS);
            counters.add(Counter.UDP_SENT_BYTES, length);
        } else {
            drop(result, message, address, length, 1);
        }
    }

    /// Drops `count` packets to the peer of a message, the first of which has `length` bytes.
    private void drop(int result, int message, long address, int length, int count) {
        if (Errno.EMSGSIZE.is(result)) {
            counters.add(Counter.OUT_TOO_BIG, count);
            undeliverable.tooBig(table, endpoint[message], address - buffer.address(), length);
        } else if (Errno.EAGAIN.is(result)) {
            counters.add(Counter.OUT_CONGESTED, count);
        } else {
            counters.add(Counter.OUT_REFUSED, count);
            refusals.report(result);
        }
    }
}

package jflannel.netlink;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static jflannel.netlink.Answer.HEADER;
import static jflannel.netlink.Answer.NLMSG_DONE;
import static jflannel.netlink.Answer.NLMSG_ERROR;
import static jflannel.netlink.Rtnetlink.NLM_F_ACK;
import static jflannel.netlink.Rtnetlink.NLM_F_DUMP;
import static jflannel.netlink.Rtnetlink.NLM_F_DUMP_INTR;
import static jflannel.netlink.Rtnetlink.NLM_F_REQUEST;

import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import jflannel.linux.Errno;
import jflannel.linux.Fd;
import jflannel.linux.KernelException;
import jflannel.linux.KernelReply;
import jflannel.linux.Libc;

/// A netlink socket for requests and their answers: netlink(7). For one thread at a time.
///
/// The kernel handles a message while it is being sent, so the answers are in the socket when send(2) returns. They
/// carry the number of their request, which is all that pipelining needs.
public final class NetlinkSocket implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(NetlinkSocket.class.getName());

    private static final int SOL_NETLINK = 270;
    private static final int NETLINK_CAP_ACK = 10;
    private static final int NETLINK_EXT_ACK = 11;
    private static final int NETLINK_GET_STRICT_CHK = 12;
    private static final int SO_RCVBUF = 8;
    private static final int SO_RCVBUFFORCE = 33;

    private static final int BUFFER = 64 * 1024; // twice what the kernel puts into one datagram of a dump
    private static final int RECEIVE_QUEUE = 2 * 1024 * 1024;
    private static final int ANSWER_COST = 2048; // more than an acknowledgement takes of the receive queue
    private static final int PATIENCE_MILLIS = 10_000;
    private static final int DUMP_ATTEMPTS = 10;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment out = arena.allocate(BUFFER, 8);
    private final MemorySegment in = arena.allocate(BUFFER, 8);
    private final MemorySegment state = Libc.callState(arena);
    private final Fd fd;
    private final MemorySegment pollfds;
    private final int window;
    private int sequence;

    /// Reads one message of a dump. Null means that it is of no interest.
    public interface Decoder<T> {
        T decode(MessageReader message) throws KernelException;
    }

    /// @param protocol NETLINK_* number
    public NetlinkSocket(int protocol) throws KernelException {
        fd = open(protocol, 0, arena);
        pollfds = Libc.pollfds(arena, fd);
        try {
            want(NETLINK_EXT_ACK, "NETLINK_EXT_ACK");
            want(NETLINK_CAP_ACK, "NETLINK_CAP_ACK");
            want(NETLINK_GET_STRICT_CHK, "NETLINK_GET_STRICT_CHK");
            enlargeReceiveQueue(fd, RECEIVE_QUEUE);
            window = Math.max(1, Libc.getsockopt(fd, Libc.SOL_SOCKET, SO_RCVBUF, "SO_RCVBUF") / ANSWER_COST);
        } catch (KernelException e) {
            close();
            throw e;
        }
    }

    Fd fd() {
        return fd;
    }

    /// The number of the request that was written last.
    int sequence() {
        return sequence;
    }

    /// Opens a socket, or frees the memory meant for it.
    public static Fd open(int protocol, int flags, Arena arena) throws KernelException {
        try {
            return Libc.socket(Libc.AF_NETLINK, Libc.SOCK_RAW | flags, protocol);
        } catch (KernelException e) {
            arena.close();
            throw e;
        }
    }

    /// Asks for room for unread messages: beyond net.core.rmem_max if permitted, otherwise up to it.
    static void enlargeReceiveQueue(Fd fd, int bytes) throws KernelException {
        try {
            Libc.setsockopt(fd, Libc.SOL_SOCKET, SO_RCVBUFFORCE, "SO_RCVBUFFORCE", bytes);
        } catch (KernelException e) {
            Libc.setsockopt(fd, Libc.SOL_SOCKET, SO_RCVBUF, "SO_RCVBUF", bytes);
        }
    }

    /// Options that kernels before 4.20 lack; their answers are longer, or less precise, but correct.
    private void want(int option, String words) throws KernelException {
        try {
            Libc.setsockopt(fd, SOL_NETLINK, option, words, 1);
        } catch (KernelException e) {
            if (!e.is(Errno.ENOPROTOOPT)) {
                throw e;
            }
        }
    }

    /// Sends one request.
    public void execute(Request request) throws KernelException {
        KernelException refusal = execute(List.of(request))[0];
        if (refusal != null) {
            throw refusal;
        }
    }

    /// Sends many requests in order, whether or not the kernel refuses some of them.
    ///
    /// @return for each request the kernel's refusal, or null
    /// @throws KernelException if the socket fails; it is then unknown what was done
    public KernelException[] execute(List<Request> requests) throws KernelException {
        KernelException[] refusals = new KernelException[requests.size()];
        exchange(requests, NLM_F_ACK, (answer, index) -> {
            if (answer.type() == NLMSG_ERROR) {
                refusals[index] = answer.refusal(requests.get(index));
            }
            return answer.type() == NLMSG_ERROR;
        });
        return refusals;
    }

    /// Sends requests to nfnetlink as one transaction: all of them are executed, or none.
    ///
    /// @param subsystem number of the part of netfilter
    /// @throws KernelException if the kernel objects, and nothing has changed; or if the socket fails
    public void transact(int subsystem, List<Request> requests) throws KernelException {
        new Batch(this, subsystem, requests).execute();
    }

    /// Asks for many objects at once, some of which may not exist.
    ///
    /// @return a reply for each request, in their order
    /// @throws KernelException if the socket fails
    public <T> List<KernelReply<T>> askAll(List<Request> requests, Decoder<T> decoder) throws KernelException {
        List<KernelReply<T>> replies = new ArrayList<>(Collections.nCopies(requests.size(), null));
        exchange(requests, 0, (answer, index) -> {
            replies.set(index, reply(answer, requests.get(index), decoder));
            return true;
        });
        return replies;
    }

    private static <T> KernelReply<T> reply(Answer answer, Request request, Decoder<T> decoder) {
        try {
            if (answer.type() != NLMSG_ERROR) {
                return new KernelReply<>(decoder.decode(answer.reader(request)), null);
            }
            KernelException refusal = answer.refusal(request);
            return new KernelReply<>(null, refusal != null ? refusal : nothingSaid(answer, request));
        } catch (KernelException e) {
            return new KernelReply<>(null, e);
        }
    }

    private static KernelException nothingSaid(Answer answer, Request request) {
        return answer.malformed(request, "an acknowledgement instead of an object");
    }

    /// Takes the kernel's answer to one of many requests.
    private interface Sink {
        /// @return true if this was the answer; false if it is yet to come
        boolean take(Answer answer, int index) throws KernelException;
    }

    /// Sends many requests, as many at a time as there is room for their answers, and passes on each answer.
    private void exchange(List<Request> requests, int flags, Sink sink) throws KernelException {
        int from = 0;
        while (from < requests.size()) {
            int to = from;
            int length = 0;
            int first = sequence + 1;
            while (to < requests.size() && to - from < window && length + size(requests.get(to)) <= BUFFER) {
                length += write(length, requests.get(to++), flags);
            }
            if (to == from) {
                throw new IllegalArgumentException(requests.get(from).words() + " is too long for a message");
            }
            send(length);
            collect(to - from, first, from, sink);
            from = to;
        }
    }

    private void collect(int sent, int first, int offset, Sink sink) throws KernelException {
        BitSet answered = new BitSet(sent);
        while (answered.cardinality() < sent) {
            for (Answer answer : receive()) {
                int index = answer.sequence() - first;
                if (index >= 0 && index < sent && sink.take(answer, offset + index)) {
                    answered.set(index);
                }
            }
        }
    }

    /// Asks for one object.
    ///
    /// @throws KernelException if there is no such object
    public <T> T ask(Request request, Decoder<T> decoder) throws KernelException {
        send(write(0, request, 0));
        while (true) {
            for (Answer answer : receive()) {
                if (answer.sequence() != sequence) {
                    continue;
                }
                if (answer.type() == NLMSG_ERROR) {
                    KernelException refusal = answer.refusal(request);
                    throw refusal != null ? refusal : nothingSaid(answer, request);
                }
                return decoder.decode(answer.reader(request));
            }
        }
    }

    /// Reads a whole table, or the part that the request's body names. A table that changed while it was read is read
    /// again. If it keeps changing, the last reading is used: what was added or moved meanwhile may be missing, and
    /// the next reading will find it.
    ///
    /// @throws KernelException if it cannot be read
    public <T> List<T> dump(Request request, Decoder<T> decoder) throws KernelException {
        Dump<T> dump = new Dump<>(request, decoder);
        for (int attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
            dump.read();
            if (!dump.interrupted) {
                return dump.found;
            }
        }
        LOG.log(Level.DEBUG, "{0}: changed during each of {1} readings", request.words(), DUMP_ATTEMPTS);
        return dump.found;
    }

    private final class Dump<T> {
        private final Request request;
        private final Decoder<T> decoder;
        private List<T> found;
        private boolean interrupted;
        private KernelException failure;

        Dump(Request request, Decoder<T> decoder) {
            this.request = request;
            this.decoder = decoder;
        }

        /// Reads to the end even after an error, to leave the socket empty for the next request.
        void read() throws KernelException {
            found = new ArrayList<>();
            interrupted = false;
            failure = null;
            send(write(0, request, NLM_F_DUMP));
            boolean end = false;
            while (!end) {
                for (Answer answer : receive()) {
                    end |= answer.sequence() == sequence && take(answer);
                }
            }
            if (failure != null) {
                throw failure;
            }
        }

        /// True if this was the last message.
        private boolean take(Answer answer) {
            interrupted |= (answer.flags() & NLM_F_DUMP_INTR) != 0;
            boolean last = answer.type() == NLMSG_DONE || answer.type() == NLMSG_ERROR;
            try {
                if (last) {
                    fail(answer.refusal(request));
                } else {
                    T object = decoder.decode(answer.reader(request));
                    if (object != null) {
                        found.add(object);
                    }
                }
            } catch (KernelException e) {
                fail(e);
            }
            return last;
        }

        private void fail(KernelException cause) {
            failure = failure != null ? failure : cause;
        }
    }

    /// Length of a message with padding.
    static int size(Request request) {
        return Rtnetlink.aligned(HEADER + request.body().length);
    }

    /// Writes a message at `at` in the buffer and returns its length with padding.
    private int write(int at, Request request, int flags) {
        return write(out, at, request, flags);
    }

    /// As the other method of this name, into another buffer.
    int write(MemorySegment out, long at, Request request, int flags) {
        int length = HEADER + request.body().length;
        out.set(JAVA_INT, at, length);
        out.set(JAVA_SHORT, at + 4, (short) request.type());
        out.set(JAVA_SHORT, at + 6, (short) (NLM_F_REQUEST | flags | request.flags()));
        out.set(JAVA_INT, at + 8, ++sequence);
        out.set(JAVA_INT, at + 12, 0);
        MemorySegment.copy(request.body(), 0, out, JAVA_BYTE, at + HEADER, length - HEADER);
        out.asSlice(at + length, Rtnetlink.aligned(length) - length).fill((byte) 0);
        return Rtnetlink.aligned(length);
    }

    private void send(int length) throws KernelException {
        send(out, length);
    }

    void send(MemorySegment out, long length) throws KernelException {
        long sent;
        do {
            sent = Libc.send(fd.number(), out, length, 0, state);
        } while (Errno.EINTR.is(sent));
        if (sent < 0) {
            throw new KernelException("send to the kernel by netlink", (int) -sent, null);
        }
    }

    /// The messages of the next datagram.
    List<Answer> receive() throws KernelException {
        while (true) {
            long length = Libc.recv(fd.number(), in, BUFFER, Libc.MSG_DONTWAIT | Libc.MSG_TRUNC, state);
            if (length >= 0) {
                return split(length);
            }
            if (Errno.EAGAIN.is(length)) {
                await();
            } else if (!Errno.EINTR.is(length)) {
                throw new KernelException("receive from the kernel by netlink", (int) -length, null);
            }
        }
    }

    private void await() throws KernelException {
        int ready = Libc.poll(pollfds, PATIENCE_MILLIS, state);
        if (ready == 0) {
            throw new KernelException("wait for an answer by netlink", Errno.ETIMEDOUT.number(), null);
        }
        if (ready < 0 && !Errno.EINTR.is(ready)) {
            throw new KernelException("wait for an answer by netlink", -ready, null);
        }
    }

    private List<Answer> split(long length) throws KernelException {
        if (length > BUFFER) {
            throw new KernelException(
                    "receive from the kernel by netlink",
                    Errno.EMSGSIZE.number(),
                    "a datagram of " + length + " bytes");
        }
        byte[] datagram = in.asSlice(0, length).toArray(JAVA_BYTE);
        return Answer.split(ByteBuffer.wrap(datagram));
    }

    @Override
    public void close() {
        if (fd.isOpen()) {
            fd.close();
            arena.close();
        }
    }
}

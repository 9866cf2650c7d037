package jflannel.netlink;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jflannel.linux.Errno;
import jflannel.linux.Fd;
import jflannel.linux.KernelException;
import jflannel.linux.Libc;

/// A netlink socket that listens to multicast groups.
public final class EventSocket implements AutoCloseable {
    private static final int BUFFER = 64 * 1024;
    private static final int RECEIVE_QUEUE = 1024 * 1024;
    private static final int MOST_AT_ONCE = 256;
    /// Several times what the receive queue holds of the smallest messages.
    private static final int MOST_IN_QUEUE = 100_000;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment in = arena.allocate(BUFFER, 8);
    private final MemorySegment state = Libc.callState(arena);
    private final Fd fd;

    /// @param protocol NETLINK_* number
    /// @param groups bit n-1 stands for group n
    public EventSocket(int protocol, int groups) throws KernelException {
        fd = NetlinkSocket.open(protocol, Libc.SOCK_NONBLOCK, arena);
        MemorySegment address = arena.allocate(12, 4); // struct sockaddr_nl: u16 family, u16 0, u32 port, u32 groups
        address.set(JAVA_SHORT, 0, (short) Libc.AF_NETLINK);
        address.set(JAVA_INT, 8, groups);
        try {
            NetlinkSocket.enlargeReceiveQueue(fd, RECEIVE_QUEUE);
            Libc.bind(fd, address, "netlink groups 0x" + Integer.toHexString(groups));
        } catch (KernelException e) {
            close();
            throw e;
        }
    }

    public Fd fd() {
        return fd;
    }

    /// The waiting messages, up to a few hundred datagrams: a flood must not keep the caller here. Empty if the
    /// socket overran: then messages were lost, and none are waiting.
    ///
    /// @throws KernelException if the socket is no longer usable
    public Optional<List<Answer>> drain() throws KernelException {
        List<Answer> news = new ArrayList<>();
        for (int i = 0; i < MOST_AT_ONCE; i++) {
            long length = receive();
            if (Errno.ENOBUFS.is(length)) {
                discard();
                return Optional.empty();
            }
            if (length == 0) {
                break;
            }
            news.addAll(Answer.split(ByteBuffer.wrap(in.asSlice(0, length).toArray(JAVA_BYTE))));
        }
        return Optional.of(news);
    }

    /// From an overrun until its queue is empty, the socket drops what arrives without saying so again
    /// (NETLINK_S_CONGESTED in net/netlink/af_netlink.c). So a check of everything must come after that.
    private void discard() throws KernelException {
        for (int i = 0; i < MOST_IN_QUEUE; i++) {
            if (receive() == 0) {
                return;
            }
        }
        throw new KernelException("listen to the kernel by netlink", Errno.ENOBUFS.number(), "it never pauses");
    }

    /// @return the length of the next datagram, 0 if none waits, or -ENOBUFS
    private long receive() throws KernelException {
        while (true) {
            long length = Libc.recv(fd.number(), in, BUFFER, Libc.MSG_DONTWAIT, state);
            if (Errno.EAGAIN.is(length)) {
                return 0;
            }
            if (length >= 0 || Errno.ENOBUFS.is(length)) {
                return length;
            }
            if (!Errno.EINTR.is(length)) {
                throw new KernelException("listen to the kernel by netlink", (int) -length, null);
            }
        }
    }

    @Override
    public void close() {
        fd.close();
        arena.close();
    }
}

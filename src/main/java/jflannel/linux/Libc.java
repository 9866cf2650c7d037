package jflannel.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static jflannel.linux.Downcall.check;
import static jflannel.linux.Downcall.errno;
import static jflannel.linux.Downcall.function;
import static jflannel.linux.Downcall.linkerFailed;
import static jflannel.linux.Downcall.rethrow;
import static jflannel.linux.Downcall.variadic;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// The C library calls this program makes.
///
/// Calls that set things up throw [KernelException]. Calls that move packets take the caller's call state
/// ([#callState]), allocate nothing, and return what C returns or the error number negated: test it with [Errno#is].
/// A call that may block must run on a platform thread, because it would pin a virtual thread's carrier.
public final class Libc {
    public static final int AF_UNIX = 1;
    public static final int AF_NETLINK = 16;
    public static final int AF_PACKET = 17;
    public static final int SOCK_DGRAM = 2;
    public static final int SOCK_RAW = 3;
    public static final int SOCK_NONBLOCK = 0x800;
    public static final int SOCK_CLOEXEC = 0x80000;
    public static final int SOL_SOCKET = 1;
    public static final int O_RDONLY = 0;
    public static final int O_RDWR = 2;
    public static final int O_NONBLOCK = 0x800;
    public static final int O_CLOEXEC = 0x80000;
    public static final int MSG_PEEK = 0x2;
    public static final int MSG_TRUNC = 0x20;
    public static final int MSG_DONTWAIT = 0x40;
    public static final int MSG_WAITFORONE = 0x10000;
    public static final int CLONE_NEWNS = 0x00020000;
    public static final int CLONE_NEWNET = 0x40000000;
    public static final int MS_BIND = 0x1000;
    public static final int MS_REC = 0x4000;
    public static final int MS_PRIVATE = 0x40000;
    public static final short POLLIN = 1;
    public static final short POLLOUT = 4;

    private Libc() {}

    // Handles are bound when first used: each group of calls is a class of its own, so that a program
    // that moves no packets does not pay for the calls that do.

    private static final class Files {
        // int open(const char *path, int flags, ...)
        static final MethodHandle OPEN = variadic("open", 2, JAVA_INT, ADDRESS, JAVA_INT);
        // int close(int fd)
        static final MethodHandle CLOSE = function("close", JAVA_INT, JAVA_INT);
        // int ioctl(int fd, unsigned long request, ...)
        static final MethodHandle IOCTL = variadic("ioctl", 2, JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS);
        // int eventfd(unsigned int initval, int flags)
        static final MethodHandle EVENTFD = function("eventfd", JAVA_INT, JAVA_INT, JAVA_INT);
        // int poll(struct pollfd *fds, nfds_t nfds, int timeout)
        static final MethodHandle POLL = function("poll", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
        // ssize_t read(int fd, void *buf, size_t count)
        static final MethodHandle READ = function("read", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
        // the same with a raw address: every 64-bit ABI of Linux passes a pointer as it passes a long
        static final MethodHandle READ_TO = function("read", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG);
        // ssize_t write(int fd, const void *buf, size_t count)
        static final MethodHandle WRITE = function("write", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
        // ssize_t writev(int fd, const struct iovec *iov, int iovcnt)
        static final MethodHandle WRITEV = function("writev", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT);
    }

    private static final class Sockets {
        // int socket(int domain, int type, int protocol)
        static final MethodHandle SOCKET = function("socket", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
        // int bind(int fd, const struct sockaddr *addr, socklen_t addrlen)
        static final MethodHandle BIND = function("bind", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
        // int setsockopt(int fd, int level, int name, const void *value, socklen_t length)
        static final MethodHandle SETSOCKOPT =
                function("setsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
        // int getsockopt(int fd, int level, int name, void *value, socklen_t *length)
        static final MethodHandle GETSOCKOPT =
                function("getsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);
        // int connect(int fd, const struct sockaddr *addr, socklen_t addrlen)
        static final MethodHandle CONNECT = function("connect", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
        // ssize_t send(int fd, const void *buf, size_t length, int flags)
        static final MethodHandle SEND = function("send", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
        // ssize_t recv(int fd, void *buf, size_t length, int flags)
        static final MethodHandle RECV = function("recv", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
    }

    private static final class Batches {
        // ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
        static final MethodHandle SENDMSG = function("sendmsg", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT);
        // int sendmmsg(int fd, struct mmsghdr *msgvec, unsigned int vlen, int flags), with a raw address
        static final MethodHandle SENDMMSG = function("sendmmsg", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT);
        // int recvmmsg(int fd, struct mmsghdr *msgvec, unsigned int vlen, int flags, struct timespec *timeout)
        static final MethodHandle RECVMMSG =
                function("recvmmsg", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS);
    }

    private static final class Namespaces {
        // int unshare(int flags)
        static final MethodHandle UNSHARE = function("unshare", JAVA_INT, JAVA_INT);
        // int setns(int fd, int nstype)
        static final MethodHandle SETNS = function("setns", JAVA_INT, JAVA_INT, JAVA_INT);
        // int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data)
        static final MethodHandle MOUNT = function("mount", JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS);
    }

    /// open(2) without creating.
    public static Fd open(String path, int flags) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = callState(arena);
            int fd = (int) Files.OPEN.invokeExact(state, arena.allocateFrom(path), flags | O_CLOEXEC);
            return new Fd((int) check("open " + path, fd, state));
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    /// eventfd(2): a counter that wakes a [#poll] when another thread adds to it with [#signal].
    public static Fd eventfd() throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = callState(arena);
            int fd = (int) Files.EVENTFD.invokeExact(state, 0, O_CLOEXEC | O_NONBLOCK);
            return new Fd((int) check("eventfd", fd, state));
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    /// Wakes whoever polls `eventfd`.
    public static void signal(Fd eventfd) {
        try (Arena arena = Arena.ofConfined()) {
            write(eventfd.number(), arena.allocateFrom(JAVA_LONG, 1), 8, callState(arena));
        }
    }

    /// close(2). Errors are not reported: the descriptor is gone in any case.
    static void close(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            int ignored = (int) Files.CLOSE.invokeExact(callState(arena), fd);
        } catch (Throwable e) {
            throw linkerFailed(e);
        }
    }

    /// ioctl(2) whose third argument is the struct at `argument`.
    public static int ioctl(Fd fd, String name, long request, MemorySegment argument) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = callState(arena);
            return (int) check(name, (int) Files.IOCTL.invokeExact(state, fd.number(), request, argument), state);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    /// socket(2), always close-on-exec.
    public static Fd socket(int domain, int type, int protocol) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = callState(arena);
            int fd = (int) Sockets.SOCKET.invokeExact(state, domain, type | SOCK_CLOEXEC, protocol);
            return new Fd((int) check("socket", fd, state));
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    /// bind(2).
    ///
    /// @param where the address in words, for the error message
    public static void bind(Fd fd, MemorySegment address, String where) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = callState(arena);
            int result = (int) Sockets.BIND.invokeExact(state, fd.number(), address, (int) address.byteSize());
            check("bind " + where, result, state);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    /// setsockopt(2) with an int.
    public static void setsockopt(Fd fd, int level, int name, String words, int value) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = callState(arena);
            MemorySegment option = arena.allocateFrom(JAVA_INT, value);
            int result = (int) Sockets.SETSOCKOPT.invokeExact(state, fd.number(), level, name, option, 4);
            check("setsockopt " + words + " " + value, result, state);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    /// getsockopt(2) of an int.
    public static int getsockopt(Fd fd, int level, int name, String words) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = callState(arena);
            MemorySegment option = arena.allocate(JAVA_INT);
            MemorySegment length = arena.allocateFrom(JAVA_INT, 4);
            int result = (int) Sockets.GETSOCKOPT.invokeExact(state, fd.number(), level, name, option, length);
            check("getsockopt " + words, result, state);
            return option.get(JAVA_INT, 0);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    /// unshare(2): gives the calling thread namespaces of its own; `flags` are `CLONE_NEW…`.
    public static void unshare(int flags) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = callState(arena);
            check("unshare", (int) Namespaces.UNSHARE.invokeExact(state, flags), state);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    /// setns(2): moves the calling thread into the namespace that `fd` names.
    public static void setns(Fd fd, int kind) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = callState(arena);
            check("setns", (int) Namespaces.SETNS.invokeExact(state, fd.number(), kind), state);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    /// mount(2) in the calling thread's mount namespace.
    public static void mount(String source, String target, String type, long flags) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = callState(arena);
            int result = (int) Namespaces.MOUNT.invokeExact(
                    state,
                    arena.allocateFrom(source),
                    arena.allocateFrom(target),
                    arena.allocateFrom(type),
                    flags,
                    MemorySegment.NULL);
            check("mount " + type + " on " + target, result, state);
        } catch (Throwable e) {
            throw rethrow(e);
        }
    }

    /// poll(2) for input on up to a few descriptors; `-EINTR` is for the caller to repeat.
    ///
    /// @param pollfds an array of `struct pollfd`, made by [#pollfds]
    /// @param timeoutMillis -1 to wait for ever
    /// @return how many are ready, 0 on time-out, or a negated error number
    public static int poll(MemorySegment pollfds, int timeoutMillis, MemorySegment state) {
        try {
            int result = (int) Files.POLL.invokeExact(state, pollfds, pollfds.byteSize() / 8, timeoutMillis);
            return result < 0 ? -errno(state) : result;
        } catch (Throwable e) {
            throw linkerFailed(e);
        }
    }

    /// connect(2). Returns 0 or a negated error number.
    public static int connect(int fd, MemorySegment address, int length, MemorySegment state) {
        try {
            int result = (int) Sockets.CONNECT.invokeExact(state, fd, address, length);
            return result < 0 ? -errno(state) : result;
        } catch (Throwable e) {
            throw linkerFailed(e);
        }
    }

    /// getsockopt(2) of an int into `option`; `length` points at the number 4. Returns 0 or a negated error number.
    public static int getsockopt(
            int fd, int level, int name, MemorySegment option, MemorySegment length, MemorySegment state) {
        try {
            int result = (int) Sockets.GETSOCKOPT.invokeExact(state, fd, level, name, option, length);
            return result < 0 ? -errno(state) : result;
        } catch (Throwable e) {
            throw linkerFailed(e);
        }
    }

    /// An array of `struct pollfd` that waits for input on each of `fds`.
    public static MemorySegment pollfds(Arena arena, Fd... fds) {
        MemorySegment array = arena.allocate(8L * fds.length, 4);
        for (int i = 0; i < fds.length; i++) {
            array.set(JAVA_INT, 8L * i, fds[i].number());
            array.set(java.lang.foreign.ValueLayout.JAVA_SHORT, 8L * i + 4, POLLIN);
        }
        return array;
    }

    /// True if the last [#poll] found input, an error or a hang-up on entry `index`.
    public static boolean polled(MemorySegment pollfds, int index) {
        return pollfds.get(java.lang.foreign.ValueLayout.JAVA_SHORT, 8L * index + 6) != 0;
    }

    /// read(2). Returns the byte count or a negated error number.
    public static long read(int fd, MemorySegment buffer, long length, MemorySegment state) {
        try {
            long result = (long) Files.READ.invokeExact(state, fd, buffer, length);
            return result < 0 ? -errno(state) : result;
        } catch (Throwable e) {
            throw linkerFailed(e);
        }
    }

    /// read(2) to a raw address, so that the caller need not make a slice for every call; it answers for the room
    /// there and keeps it reachable. Returns the byte count or a negated error number.
    public static long read(int fd, long address, long length, MemorySegment state) {
        try {
            long result = (long) Files.READ_TO.invokeExact(state, fd, address, length);
            return result < 0 ? -errno(state) : result;
        } catch (Throwable e) {
            throw linkerFailed(e);
        }
    }

    /// write(2). Returns the byte count or a negated error number.
    public static long write(int fd, MemorySegment buffer, long length, MemorySegment state) {
        try {
            long result = (long) Files.WRITE.invokeExact(state, fd, buffer, length);
            return result < 0 ? -errno(state) : result;
        } catch (Throwable e) {
            throw linkerFailed(e);
        }
    }

    /// writev(2) of `count` entries of `struct iovec`. Returns the byte count or a negated error number.
    public static long writev(int fd, MemorySegment iovecs, int count, MemorySegment state) {
        try {
            long result = (long) Files.WRITEV.invokeExact(state, fd, iovecs, count);
            return result < 0 ? -errno(state) : result;
        } catch (Throwable e) {
            throw linkerFailed(e);
        }
    }

    /// send(2). Returns the byte count or a negated error number.
    public static long send(int fd, MemorySegment buffer, long length, int flags, MemorySegment state) {
        try {
            long result = (long) Sockets.SEND.invokeExact(state, fd, buffer, length, flags);
            return result < 0 ? -errno(state) : result;
        } catch (Throwable e) {
            throw linkerFailed(e);
        }
    }

    /// recv(2). Returns the byte count or a negated error number.
    public static long recv(int fd, MemorySegment buffer, long length, int flags, MemorySegment state) {
        try {
            long result = (long) Sockets.RECV.invokeExact(state, fd, buffer, length, flags);
            return result < 0 ? -errno(state) : result;
        } catch (Throwable e) {
            throw linkerFailed(e);
        }
    }

    /// sendmsg(2) of one `struct msghdr`. Returns the byte count or a negated error number.
    public static long sendmsg(int fd, MemorySegment msghdr, int flags, MemorySegment state) {
        try {
            long result = (long) Batches.SENDMSG.invokeExact(state, fd, msghdr, flags);
            return result < 0 ? -errno(state) : result;
        } catch (Throwable e) {
            throw linkerFailed(e);
        }
    }

    /// sendmmsg(2) of `count` entries of `struct mmsghdr`, from the one at a raw address on; the caller keeps them
    /// reachable. Returns how many were sent or a negated error number.
    public static int sendmmsg(int fd, long mmsghdrs, int count, int flags, MemorySegment state) {
        try {
            int result = (int) Batches.SENDMMSG.invokeExact(state, fd, mmsghdrs, count, flags);
            return result < 0 ? -errno(state) : result;
        } catch (Throwable e) {
            throw linkerFailed(e);
        }
    }

    /// recvmmsg(2) into `count` entries of `struct mmsghdr`. Returns how many were received or a negated error number.
    public static int recvmmsg(int fd, MemorySegment mmsghdrs, int count, int flags, MemorySegment state) {
        try {
            int result = (int) Batches.RECVMMSG.invokeExact(state, fd, mmsghdrs, count, flags, MemorySegment.NULL);
            return result < 0 ? -errno(state) : result;
        } catch (Throwable e) {
            throw linkerFailed(e);
        }
    }

    /// Room for the error number of the calls that take one; each thread needs its own.
    public static MemorySegment callState(Arena arena) {
        return arena.allocate(Downcall.STATE);
    }
}

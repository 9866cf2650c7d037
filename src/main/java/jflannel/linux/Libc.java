package jflannel.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static jflannel.linux.Downcall.address;
import static jflannel.linux.Downcall.call;
import static jflannel.linux.Downcall.callInt;
import static jflannel.linux.Downcall.function;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/// The C library calls this program makes.
///
/// Calls that set things up throw [KernelException]. Calls that move packets take the caller's call state
/// ([#callState]), allocate nothing, and return what C returns or the error number negated: test it with
/// [Errno#is]. A call that may block must run on a platform thread, because it would pin a virtual thread's
/// carrier.
public final class Libc {
    public static final int AF_UNIX = 1;
    public static final int AF_NETLINK = 16;
    public static final int AF_PACKET = 17;
    public static final int SOCK_STREAM = 1;
    public static final int SOCK_DGRAM = 2;
    public static final int SOCK_RAW = 3;
    public static final int SOCK_NONBLOCK = 0x800;
    static final int SOCK_CLOEXEC = 0x80000;
    public static final int SOL_SOCKET = 1;
    static final int O_RDONLY = 0;
    public static final int O_RDWR = 2;
    public static final int O_NONBLOCK = 0x800;
    static final int O_CLOEXEC = 0x80000;
    private static final int F_SETFD = 2;
    private static final int FD_CLOEXEC = 1;
    public static final int MSG_TRUNC = 0x20;
    public static final int MSG_DONTWAIT = 0x40;
    public static final int CLONE_NEWNS = 0x00020000;
    public static final int CLONE_NEWNET = 0x40000000;
    public static final int MS_BIND = 0x1000;
    public static final int MS_REC = 0x4000;
    public static final int MS_PRIVATE = 0x40000;
    public static final short POLLIN = 1;
    public static final short POLLOUT = 4;

    private Libc() {}

    // int open(const char *path, int flags, ...)
    private static final MemorySegment OPEN = function("open");
    // int close(int fd)
    private static final MemorySegment CLOSE = function("close");
    // int fcntl(int fd, int cmd, ...)
    private static final MemorySegment FCNTL = function("fcntl");
    // int ioctl(int fd, unsigned long request, ...)
    private static final MemorySegment IOCTL = function("ioctl");
    // int eventfd(unsigned int initval, int flags)
    private static final MemorySegment EVENTFD = function("eventfd");
    // int poll(struct pollfd *fds, nfds_t nfds, int timeout)
    private static final MemorySegment POLL = function("poll");
    // ssize_t read(int fd, void *buf, size_t count)
    private static final MemorySegment READ = function("read");
    // ssize_t write(int fd, const void *buf, size_t count)
    private static final MemorySegment WRITE = function("write");
    // ssize_t writev(int fd, const struct iovec *iov, int iovcnt)
    private static final MemorySegment WRITEV = function("writev");
    // void *calloc(size_t count, size_t size)
    private static final MemorySegment CALLOC = function("calloc");
    // void free(void *memory)
    private static final MemorySegment FREE = function("free");
    // int socket(int domain, int type, int protocol)
    private static final MemorySegment SOCKET = function("socket");
    // int bind(int fd, const struct sockaddr *addr, socklen_t addrlen)
    private static final MemorySegment BIND = function("bind");
    // int listen(int fd, int backlog)
    private static final MemorySegment LISTEN = function("listen");
    // int connect(int fd, const struct sockaddr *addr, socklen_t addrlen)
    private static final MemorySegment CONNECT = function("connect");
    // int setsockopt(int fd, int level, int name, const void *value, socklen_t length)
    private static final MemorySegment SETSOCKOPT = function("setsockopt");
    // int getsockopt(int fd, int level, int name, void *value, socklen_t *length)
    private static final MemorySegment GETSOCKOPT = function("getsockopt");
    // ssize_t send(int fd, const void *buf, size_t length, int flags)
    private static final MemorySegment SEND = function("send");
    // ssize_t recv(int fd, void *buf, size_t length, int flags)
    private static final MemorySegment RECV = function("recv");
    // ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
    private static final MemorySegment SENDMSG = function("sendmsg");
    // int sendmmsg(int fd, struct mmsghdr *msgvec, unsigned int vlen, int flags)
    private static final MemorySegment SENDMMSG = function("sendmmsg");
    // int recvmmsg(int fd, struct mmsghdr *msgvec, unsigned int vlen, int flags, struct timespec *timeout)
    private static final MemorySegment RECVMMSG = function("recvmmsg");
    // sighandler_t signal(int signum, sighandler_t handler)
    private static final MemorySegment SIGNAL = function("signal");
    private static final long SIG_DFL = 0;

    // int execve(const char *path, char *const argv[], char *const envp[])
    private static final MemorySegment EXECVE = function("execve");
    // int unshare(int flags)
    private static final MemorySegment UNSHARE = function("unshare");
    // int setns(int fd, int nstype)
    private static final MemorySegment SETNS = function("setns");
    // int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data)
    private static final MemorySegment MOUNT = function("mount");
    // long syscall(long number, ...)
    private static final MemorySegment SYSCALL = function("syscall");
    // C libraries have no function for bpf(2); the number is that of asm-generic/unistd.h, except on older
    // architectures
    private static final int SYS_BPF = switch (System.getProperty("os.arch")) {
        case "amd64" -> 321;
        case "ppc64le" -> 361;
        case "s390x" -> 351;
        default -> 280;
    };

    /// open(2) without creating.
    public static Fd open(String path, int flags) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            long name = address(arena.allocateFrom(path));
            int fd = callInt(OPEN, callState(arena), name, flags | O_CLOEXEC, 0, 0, 0);
            return new Fd(check("open " + path, fd));
        }
    }

    /// eventfd(2): a counter that wakes a [#poll] when another thread adds to it with [#signal].
    public static Fd eventfd() throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            return new Fd(check("eventfd", callInt(EVENTFD, callState(arena), 0, O_CLOEXEC | O_NONBLOCK, 0, 0, 0)));
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
            callInt(CLOSE, callState(arena), fd, 0, 0, 0, 0);
        }
    }

    /// fcntl(2): sets close-on-exec. Errors are not reported: a descriptor that is already closed is fine.
    static void closeOnExec(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            callInt(FCNTL, callState(arena), fd, F_SETFD, FD_CLOEXEC, 0, 0);
        }
    }

    /// signal(2) with SIG_DFL: the signal has the kernel's default effect from now on.
    static void defaultSignal(int number) {
        try (Arena arena = Arena.ofConfined()) {
            call(SIGNAL, callState(arena), number, SIG_DFL, 0, 0, 0);
        }
    }

    /// execve(2), which returns only if it fails.
    ///
    /// @param words an array of pointers to strings that ends with a null pointer; so is `environment`
    static void execve(String path, MemorySegment words, MemorySegment environment) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            long name = address(arena.allocateFrom(path));
            int result = callInt(EXECVE, callState(arena), name, address(words), address(environment), 0, 0);
            Reference.reachabilityFence(words);
            Reference.reachabilityFence(environment);
            check("execve " + path, result);
        }
    }

    /// ioctl(2) whose third argument is the struct at `argument`.
    public static int ioctl(Fd fd, String name, long request, MemorySegment argument) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            int result = callInt(IOCTL, callState(arena), fd.number(), request, address(argument), 0, 0);
            Reference.reachabilityFence(argument);
            return check(name, result);
        }
    }

    /// socket(2), always close-on-exec.
    public static Fd socket(int domain, int type, int protocol) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            int fd = callInt(SOCKET, callState(arena), domain, type | SOCK_CLOEXEC, protocol, 0, 0);
            return new Fd(check("socket", fd));
        }
    }

    /// bind(2).
    ///
    /// @param where the address in words, for the error message
    public static void bind(Fd fd, MemorySegment address, String where) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            check("bind " + where, addressed(BIND, fd.number(), address, address.byteSize(), callState(arena)));
        }
    }

    /// listen(2).
    static void listen(Fd fd, int queue) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            check("listen", callInt(LISTEN, callState(arena), fd.number(), queue, 0, 0, 0));
        }
    }

    /// setsockopt(2) with an int.
    public static void setsockopt(Fd fd, int level, int name, String words, int value) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            long option = address(arena.allocateFrom(JAVA_INT, value));
            int result = callInt(SETSOCKOPT, callState(arena), fd.number(), level, name, option, Integer.BYTES);
            check("setsockopt " + words + " " + value, result);
        }
    }

    /// getsockopt(2) of an int.
    public static int getsockopt(Fd fd, int level, int name, String words) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment option = arena.allocate(JAVA_INT);
            MemorySegment length = arena.allocateFrom(JAVA_INT, Integer.BYTES);
            check("getsockopt " + words, getsockopt(fd.number(), level, name, option, length, callState(arena)));
            return option.get(JAVA_INT, 0);
        }
    }

    /// unshare(2): gives the calling thread namespaces of its own; `flags` are `CLONE_NEW…`.
    public static void unshare(int flags) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            check("unshare", callInt(UNSHARE, callState(arena), flags, 0, 0, 0, 0));
        }
    }

    /// setns(2): moves the calling thread into the namespace that `fd` names.
    static void setns(Fd fd, int kind) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            check("setns", callInt(SETNS, callState(arena), fd.number(), kind, 0, 0, 0));
        }
    }

    /// mount(2) in the calling thread's mount namespace.
    public static void mount(String source, String target, String type, long flags) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            int result = callInt(
                    MOUNT,
                    callState(arena),
                    address(arena.allocateFrom(source)),
                    address(arena.allocateFrom(target)),
                    address(arena.allocateFrom(type)),
                    flags,
                    0);
            check("mount " + type + " on " + target, result);
        }
    }

    /// bpf(2).
    ///
    /// @param operation what the call is to do, for the error message
    /// @param attributes the command's part of `union bpf_attr`; the caller keeps what it points at reachable
    /// @return what the command gives back, or 0
    public static int bpf(int command, String operation, MemorySegment attributes) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            int result = (int)
                    call(SYSCALL, callState(arena), SYS_BPF, command, address(attributes), attributes.byteSize(), 0);
            Reference.reachabilityFence(attributes);
            return check(operation, result);
        }
    }

    /// The same for a command that opens something; such descriptors are close-on-exec.
    public static Fd openedByBpf(int command, String operation, MemorySegment attributes) throws KernelException {
        return new Fd(bpf(command, operation, attributes));
    }

    /// poll(2) for input on up to a few descriptors; `-EINTR` is for the caller to repeat.
    ///
    /// @param pollfds an array of `struct pollfd`, made by [#pollfds]
    /// @param timeoutMillis -1 to wait forever
    /// @return how many are ready, 0 on time-out, or a negated error number
    public static int poll(MemorySegment pollfds, int timeoutMillis, MemorySegment state) {
        int result = callInt(POLL, state, address(pollfds), pollfds.byteSize() / 8, timeoutMillis, 0, 0);
        Reference.reachabilityFence(pollfds);
        return result;
    }

    /// connect(2). Returns 0 or a negated error number.
    public static int connect(int fd, MemorySegment address, int length, MemorySegment state) {
        return addressed(CONNECT, fd, address, length, state);
    }

    private static int addressed(
            MemorySegment function, int fd, MemorySegment address, long length, MemorySegment state) {
        int result = callInt(function, state, fd, address(address), length, 0, 0);
        Reference.reachabilityFence(address);
        return result;
    }

    /// getsockopt(2) of an int into `option`; `length` points at the number 4. Returns 0 or a negated error number.
    public static int getsockopt(
            int fd, int level, int name, MemorySegment option, MemorySegment length, MemorySegment state) {
        int result = callInt(GETSOCKOPT, state, fd, level, name, address(option), address(length));
        Reference.reachabilityFence(option);
        Reference.reachabilityFence(length);
        return result;
    }

    /// An array of `struct pollfd` that waits for input on each of `fds`.
    public static MemorySegment pollfds(Arena arena, Fd... fds) {
        MemorySegment array = arena.allocate(8L * fds.length, 4);
        for (int i = 0; i < fds.length; i++) {
            array.set(JAVA_INT, 8L * i, fds[i].number());
            array.set(JAVA_SHORT, 8L * i + 4, POLLIN);
        }
        return array;
    }

    /// True if the last [#poll] found input, an error or a hang-up on entry `index`.
    public static boolean polled(MemorySegment pollfds, int index) {
        return pollfds.get(JAVA_SHORT, 8L * index + 6) != 0;
    }

    /// Memory that costs nothing before it is used: [Arena#allocate] writes zeros to all of it.
    public static MemorySegment zeroed(Arena arena, long bytes) {
        return Downcall.owned(call(CALLOC, callState(arena), 1, bytes, 0, 0, 0), bytes, arena, FREE);
    }

    /// read(2). Returns the byte count or a negated error number.
    public static long read(int fd, MemorySegment buffer, long length, MemorySegment state) {
        return call(READ, state, fd, buffer, length, 0);
    }

    /// read(2) to a raw address, so that the caller need not make a slice for every call. The caller guarantees the
    /// room there, and keeps it reachable. Returns the byte count or a negated error number.
    public static long read(int fd, long address, long length, MemorySegment state) {
        return call(READ, state, fd, address, length, 0, 0);
    }

    /// write(2). Returns the byte count or a negated error number.
    public static long write(int fd, MemorySegment buffer, long length, MemorySegment state) {
        return call(WRITE, state, fd, buffer, length, 0);
    }

    /// writev(2) of `count` entries of `struct iovec`. Returns the byte count or a negated error number.
    public static long writev(int fd, MemorySegment iovecs, int count, MemorySegment state) {
        return call(WRITEV, state, fd, iovecs, count, 0);
    }

    /// send(2). Returns the byte count or a negated error number.
    public static long send(int fd, MemorySegment buffer, long length, int flags, MemorySegment state) {
        return call(SEND, state, fd, buffer, length, flags);
    }

    /// recv(2). Returns the byte count or a negated error number.
    public static long recv(int fd, MemorySegment buffer, long length, int flags, MemorySegment state) {
        return call(RECV, state, fd, buffer, length, flags);
    }

    /// sendmsg(2) of one `struct msghdr`. Returns the byte count or a negated error number.
    public static long sendmsg(int fd, MemorySegment msghdr, int flags, MemorySegment state) {
        return call(SENDMSG, state, fd, msghdr, flags, 0);
    }

    /// sendmmsg(2) of `count` entries of `struct mmsghdr`, from the one at a raw address on; the caller keeps them
    /// reachable. Returns how many were sent or a negated error number.
    public static int sendmmsg(int fd, long mmsghdrs, int count, int flags, MemorySegment state) {
        return callInt(SENDMMSG, state, fd, mmsghdrs, count, flags, 0);
    }

    /// recvmmsg(2) into `count` entries of `struct mmsghdr`. Returns how many were received or a negated error
    /// number.
    public static int recvmmsg(int fd, MemorySegment mmsghdrs, int count, int flags, MemorySegment state) {
        int result = callInt(RECVMMSG, state, fd, address(mmsghdrs), count, flags, 0);
        Reference.reachabilityFence(mmsghdrs);
        return result;
    }

    /// Room for the error number of the calls that take one; each thread needs its own.
    public static MemorySegment callState(Arena arena) {
        return arena.allocate(Downcall.STATE);
    }

    private static int check(String operation, int result) throws KernelException {
        if (result < 0) {
            throw new KernelException(operation, -result, null);
        }
        return result;
    }
}

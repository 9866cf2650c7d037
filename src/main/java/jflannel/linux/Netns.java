package jflannel.linux;

/// A network namespace held open: it exists as long as this or any thread or process in it does.
public final class Netns implements AutoCloseable {
    private final Fd fd;

    private Netns(Fd fd) {
        this.fd = fd;
    }

    /// The namespace of the calling thread.
    public static Netns current() throws KernelException {
        return new Netns(Libc.open("/proc/thread-self/ns/net", Libc.O_RDONLY));
    }

    /// The namespace of the process `pid`.
    public static Netns of(long pid) throws KernelException {
        return new Netns(Libc.open("/proc/" + pid + "/ns/net", Libc.O_RDONLY));
    }

    /// The namespace that `ip netns add` or another program left at a path.
    public static Netns at(String path) throws KernelException {
        return new Netns(Libc.open(path, Libc.O_RDONLY));
    }

    /// Moves the calling thread, and with it all children that it starts, into a new and empty namespace.
    public static void enterNew() throws KernelException {
        Libc.unshare(Libc.CLONE_NEWNET);
    }

    /// Moves the calling thread, and with it all children that it starts, into this namespace.
    public void enter() throws KernelException {
        Libc.setns(fd, Libc.CLONE_NEWNET);
    }

    /// The descriptor that names the namespace in calls and netlink messages.
    public Fd fd() {
        return fd;
    }

    @Override
    public void close() {
        fd.close();
    }
}

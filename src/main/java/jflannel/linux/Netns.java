package jflannel.linux;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

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

    /// Does something in this namespace, on a thread that ends with it.
    public <T> T call(Callable<T> work) throws IOException {
        FutureTask<T> task = new FutureTask<>(() -> {
            enter();
            return work.call();
        });
        Thread.ofPlatform().daemon().name("pod").start(task);
        try {
            return task.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
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

package jflannel.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import jflannel.linux.Netns;

/// A host of a test network: a thread in a network namespace of its own, which ends with it.
public final class Host implements AutoCloseable {
    private final ExecutorService thread;
    private final long threadId;

    /// @param name of the thread, for the reader of a stack trace
    public Host(String name) throws Exception {
        thread = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().daemon().name(name).factory());
        threadId = call(() -> {
            Netns.enterNew();
            Sh.sh("ip link set lo up");
            return Long.parseLong(Files.readSymbolicLink(Path.of("/proc/thread-self"))
                    .getFileName()
                    .toString());
        });
    }

    /// What `ip link add … netns` takes for this host.
    public long netns() {
        return threadId;
    }

    /// Runs `work` on this host, sockets and child processes included.
    public <T> T call(Callable<T> work) throws Exception {
        try {
            return thread.submit(work).get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e;
        }
    }

    /// The output of a script that is run on this host.
    public String sh(String script) throws Exception {
        return call(() -> Sh.sh(script));
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}

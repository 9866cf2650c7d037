package jflannel.lab.faults;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import jflannel.lab.LabHost;

/// A TCP connection between two pods over which a message goes each 10 ms, and the longest time without any
/// arriving. Its ends are programs in the pods (socat), as this process may be without IPv6.
final class TcpStream implements AutoCloseable {
    private static final int MESSAGE_BYTES = 512;
    private static final int INTERVAL_MILLIS = 10;
    private static final int PATIENCE_SECONDS = 10;
    private static final AtomicInteger NEXT_PORT = new AtomicInteger(7000);

    private final Process sender;
    private final Process receiver;
    private final AtomicLong longestNanos = new AtomicLong();
    private final AtomicLong arrivals = new AtomicLong();
    private volatile long lastArrival;
    private volatile String failure = "";
    private volatile boolean closing;

    /// @param to the address of `toHost`, as in URLs
    /// @throws IOException if there is no connection
    TcpStream(LabHost fromHost, LabHost toHost, String to) throws IOException {
        int port = NEXT_PORT.getAndIncrement();
        String version = to.startsWith("[") ? "6" : "4";
        receiver = program(toHost, "TCP%s-LISTEN:%d,bind=%s".formatted(version, port, to), "-");
        // it may not listen yet
        sender = program(fromHost, "-", "TCP%s:%s:%d,retry=100,interval=0.1".formatted(version, to, port));
        Thread.ofPlatform().daemon().name("stream-out").start(this::send);
        Thread.ofPlatform().daemon().name("stream-in").start(this::receive);
        if (!LabCluster.await(PATIENCE_SECONDS, () -> arrivals.get() > 0)) {
            close();
            throw new IOException("no TCP connection to " + to + " " + failure);
        }
    }

    private static Process program(LabHost host, String from, String to) throws IOException {
        // should the lab die without a chance to tidy up, it dies with the host's thread
        return host.call(() -> new ProcessBuilder("setpriv", "--pdeathsig", "KILL", "socat", "-u", from, to)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start());
    }

    private void send() {
        try (OutputStream out = sender.getOutputStream()) {
            while (!closing) {
                out.write(new byte[MESSAGE_BYTES]);
                out.flush();
                Thread.sleep(INTERVAL_MILLIS);
            }
        } catch (IOException | InterruptedException e) {
            failed(String.valueOf(e.getMessage()));
        }
    }

    private void receive() {
        byte[] buffer = new byte[1 << 16];
        try (InputStream in = receiver.getInputStream()) {
            while (in.read(buffer) >= 0) {
                long now = System.nanoTime();
                if (arrivals.getAndIncrement() > 0) {
                    longestNanos.accumulateAndGet(now - lastArrival, Math::max);
                }
                lastArrival = now;
            }
            failed("it was closed");
        } catch (IOException e) {
            failed(String.valueOf(e.getMessage()));
        }
    }

    private void failed(String how) {
        if (!closing) {
            failure = how;
        }
    }

    /// True if something has arrived since then, by [System#nanoTime], and nothing failed.
    boolean flowsSince(long nanos) {
        return failure.isEmpty() && lastArrival - nanos > 0;
    }

    /// The longest time without an arrival, in milliseconds.
    long longestMillis() {
        return longestNanos.get() / 1_000_000;
    }

    /// How it broke, or "".
    String failure() {
        return failure;
    }

    @Override
    public void close() {
        closing = true;
        sender.destroyForcibly();
        receiver.destroyForcibly();
    }
}

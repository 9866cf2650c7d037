package jflannel.lab.faults;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import jflannel.lab.LabHost;

/// A TCP connection between two pods over which a message goes each 10 ms, and the longest time without any arriving.
/// The sockets are made in the pods' namespaces and served from here.
final class Stream implements AutoCloseable {
    private static final int MESSAGE_BYTES = 512;
    private static final int INTERVAL_MILLIS = 10;
    private static final AtomicInteger NEXT_PORT = new AtomicInteger(7000);

    private final ServerSocketChannel listener;
    private final SocketChannel sender;
    private final SocketChannel receiver;
    private final AtomicLong longestNanos = new AtomicLong();
    private final AtomicLong lastArrival = new AtomicLong(System.nanoTime());
    private volatile String failure = "";
    private volatile boolean closing;

    /// @param to the address of `toHost`
    Stream(LabHost fromHost, LabHost toHost, String to) throws IOException {
        int port = NEXT_PORT.getAndIncrement();
        listener = toHost.call(ServerSocketChannel::open);
        listener.bind(new InetSocketAddress(to, port));
        sender = fromHost.call(SocketChannel::open);
        sender.connect(new InetSocketAddress(to, port));
        receiver = listener.accept();
        Thread.ofPlatform().daemon().name("stream-out").start(this::send);
        Thread.ofPlatform().daemon().name("stream-in").start(this::receive);
    }

    private void send() {
        try {
            while (!closing) {
                ByteBuffer message = ByteBuffer.allocate(MESSAGE_BYTES);
                while (message.hasRemaining()) {
                    sender.write(message);
                }
                Thread.sleep(INTERVAL_MILLIS);
            }
        } catch (IOException | InterruptedException e) {
            failed(e);
        }
    }

    private void receive() {
        ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
        try {
            while (receiver.read(buffer.clear()) >= 0) {
                long now = System.nanoTime();
                long gap = now - lastArrival.getAndSet(now);
                longestNanos.accumulateAndGet(gap, Math::max);
            }
        } catch (IOException e) {
            failed(e);
        }
    }

    private void failed(Exception e) {
        if (!closing) {
            failure = String.valueOf(e.getMessage());
        }
    }

    /// True if something has arrived since then, by [System#nanoTime], and nothing failed.
    boolean flowsSince(long nanos) {
        return failure.isEmpty() && lastArrival.get() - nanos > 0;
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
    public void close() throws IOException {
        closing = true;
        sender.close();
        receiver.close();
        listener.close();
    }
}

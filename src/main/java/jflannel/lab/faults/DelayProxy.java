package jflannel.lab.faults;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import jflannel.lab.LabHost;

/// A proxy to a store, which delays every answer.
final class DelayProxy implements AutoCloseable {
    static final int PORT = 4379;
    private static final int STORE_PORT = 2379;

    private final LabHost host;
    private final ServerSocketChannel listener;
    private final List<SocketChannel> ends = new CopyOnWriteArrayList<>();
    private volatile long delayMillis;

    private record Piece(byte[] bytes, long due) {}

    /// @param host the store's
    DelayProxy(LabHost host) throws IOException {
        this.host = host;
        this.listener = host.call(ServerSocketChannel::open);
        listener.bind(new InetSocketAddress(PORT));
        start("accept", this::accept);
    }

    /// From now on.
    void delay(long millis) {
        delayMillis = millis;
    }

    private void accept() throws IOException {
        while (true) {
            SocketChannel node = listener.accept();
            SocketChannel store = host.call(SocketChannel::open);
            ends.add(node);
            ends.add(store);
            try {
                store.connect(new InetSocketAddress("127.0.0.1", STORE_PORT));
            } catch (IOException e) {
                node.close();
                continue;
            }
            BlockingQueue<Piece> answers = new LinkedBlockingQueue<>();
            start("up", () -> copy(node, store));
            start("answers", () -> collect(store, answers));
            start("down", () -> deliver(answers, node));
        }
    }

    private static void copy(SocketChannel from, SocketChannel to) throws IOException {
        InputStream in = Channels.newInputStream(from);
        OutputStream out = Channels.newOutputStream(to);
        in.transferTo(out);
        to.close();
    }

    private void collect(SocketChannel store, BlockingQueue<Piece> answers) throws IOException {
        InputStream in = Channels.newInputStream(store);
        byte[] buffer = new byte[1 << 16];
        for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
            answers.add(
                    new Piece(java.util.Arrays.copyOf(buffer, length), System.nanoTime() + delayMillis * 1_000_000));
        }
        answers.add(new Piece(new byte[0], System.nanoTime()));
    }

    private static void deliver(BlockingQueue<Piece> answers, SocketChannel node) throws IOException {
        try {
            OutputStream out = Channels.newOutputStream(node);
            for (Piece piece = answers.take(); piece.bytes().length > 0; piece = answers.take()) {
                Thread.sleep(java.time.Duration.ofNanos(Math.max(0, piece.due() - System.nanoTime())));
                out.write(piece.bytes());
            }
            node.close();
        } catch (InterruptedException e) {
            node.close();
        }
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void start(String name, Work work) {
        Thread.ofPlatform().daemon().name("line-" + name).start(() -> {
            try {
                work.run();
            } catch (IOException e) {
                // the connection ended
            }
        });
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (SocketChannel end : ends) {
            end.close();
        }
    }
}

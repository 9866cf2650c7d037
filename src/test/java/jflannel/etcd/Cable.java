package jflannel.etcd;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// The way from a node to its etcd, which can be cut: its connections end.
final class Cable implements AutoCloseable {
    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final int target;
    private final List<Line> lines = new CopyOnWriteArrayList<>();
    private volatile boolean cut;

    Cable(int target) throws IOException {
        this.target = target;
        start("accept", this::accept);
    }

    String url() {
        return "http://127.0.0.1:" + listener.getLocalPort();
    }

    void cut() throws IOException {
        cut = true;
        for (Line line : lines) {
            line.end();
        }
    }

    void mend() {
        cut = false;
    }

    @Override
    public void close() throws IOException {
        listener.close();
        cut();
    }

    private void accept() throws IOException {
        while (true) {
            Socket node = listener.accept();
            if (cut) {
                node.close();
                continue;
            }
            Line line = new Line(node, new Socket(InetAddress.getLoopbackAddress(), target));
            lines.add(line);
            start("up", () -> line.copy(line.node.getInputStream(), line.etcd.getOutputStream()));
            start("down", () -> line.copy(line.etcd.getInputStream(), line.node.getOutputStream()));
        }
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void start(String name, Work work) {
        Thread.ofPlatform().daemon().name("cable-" + name).start(() -> {
            try {
                work.run();
            } catch (IOException e) {
                // the connection ended
            }
        });
    }

    private static final class Line {
        final Socket node;
        final Socket etcd;

        Line(Socket node, Socket etcd) {
            this.node = node;
            this.etcd = etcd;
        }

        void copy(InputStream from, OutputStream to) throws IOException {
            try {
                byte[] buffer = new byte[8192];
                for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
                    to.write(buffer, 0, n);
                }
            } finally {
                end();
            }
        }

        void end() throws IOException {
            node.close();
            etcd.close();
        }
    }
}

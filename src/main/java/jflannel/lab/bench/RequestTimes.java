package jflannel.lab.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.Arrays;
import jflannel.lab.LabHost;

/// How long a byte takes over a TCP connection, with the answer to it: each is sent when the one before has come back.
final class RequestTimes {
    private static final int PATIENCE_MILLIS = 5_000;
    /// Before the first that counts: Java compiles what is used often.
    private static final int UNCOUNTED = 2_000;
    private static final int MOST = 1_000_000;

    private RequestTimes() {}

    /// Of all requests that fit into so many seconds.
    ///
    /// @param target an address of `to`
    static PingTimes of(LabHost from, LabHost to, String target, int seconds) throws IOException {
        try (ServerSocket server = to.call(() -> answering(target))) {
            InetSocketAddress address = new InetSocketAddress(InetAddress.getByName(target), server.getLocalPort());
            return from.call(() -> ask(address, seconds));
        }
    }

    /// On a thread that is in the namespace of the one that starts it.
    private static ServerSocket answering(String address) throws IOException {
        ServerSocket server = new ServerSocket(0, 1, InetAddress.getByName(address));
        Thread.ofPlatform().daemon().name("answers").start(() -> {
            try (Socket socket = server.accept()) {
                answer(socket);
            } catch (SocketException e) {
                // closed, because the measurement is over
            } catch (IOException e) {
                throw new IllegalStateException(e); // the other end notices
            }
        });
        return server;
    }

    private static void answer(Socket socket) throws IOException {
        socket.setTcpNoDelay(true);
        InputStream in = socket.getInputStream();
        OutputStream out = socket.getOutputStream();
        for (int read = in.read(); read >= 0; read = in.read()) {
            out.write(read);
        }
    }

    private static PingTimes ask(InetSocketAddress target, int seconds) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(target, PATIENCE_MILLIS);
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(PATIENCE_MILLIS);
            for (int i = 0; i < UNCOUNTED; i++) {
                once(socket);
            }
            double[] times = new double[MOST];
            int count = 0;
            long end = System.nanoTime() + seconds * 1_000_000_000L;
            while (count < MOST && System.nanoTime() < end) {
                times[count++] = once(socket);
            }
            return PingTimes.of(Arrays.copyOf(times, count));
        }
    }

    private static double once(Socket socket) throws IOException {
        long start = System.nanoTime();
        socket.getOutputStream().write(1);
        if (socket.getInputStream().read() < 0) {
            throw new IOException("the connection ended");
        }
        return (System.nanoTime() - start) / 1e6;
    }
}

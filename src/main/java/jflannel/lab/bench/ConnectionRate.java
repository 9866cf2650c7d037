package jflannel.lab.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import jflannel.lab.LabHost;

/// How many TCP connections begin and end in a second. Several clients each open one, wait until the server has closed
/// it, and open the next.
///
/// @param perSecond how many
/// @param cpuMicros processor time that this program used for each: both ends, what the kernel does with the packets
///     on their time, and a [FirstPacketQueue] if there is one. Others' load does not show in it
record ConnectionRate(double perSecond, double cpuMicros) {
    private static final int PATIENCE_MILLIS = 5_000;
    private static final int CLIENTS = 4;
    private static final double WARM_UP_SECONDS = 0.2;

    /// @param target an address of `to`
    static ConnectionRate of(LabHost from, LabHost to, String target, int seconds) throws IOException {
        try (ServerSocket server = to.call(() -> accepting(target))) {
            InetSocketAddress address = new InetSocketAddress(InetAddress.getByName(target), server.getLocalPort());
            from.call(() -> count(address, WARM_UP_SECONDS));
            long start = System.nanoTime();
            double cpu = CpuTimes.ofProcess(ProcessHandle.current().pid());
            int connections = from.call(() -> count(address, seconds));
            double used = CpuTimes.ofProcess(ProcessHandle.current().pid()) - cpu;
            return new ConnectionRate(connections * 1e9 / (System.nanoTime() - start), used * 1e6 / connections);
        }
    }

    /// On a thread that is in the namespace of the one that starts it.
    private static ServerSocket accepting(String address) throws IOException {
        ServerSocket server = new ServerSocket(0, 100, InetAddress.getByName(address));
        Thread.ofPlatform().daemon().name("accepts").start(() -> {
            while (!server.isClosed()) {
                try (Socket socket = server.accept()) {
                    socket.shutdownOutput();
                } catch (SocketException e) {
                    // the client has reset it, or the measurement is over
                } catch (IOException e) {
                    throw new IllegalStateException(e); // the clients notice
                }
            }
        });
        return server;
    }

    private static int count(InetSocketAddress target, double seconds) throws IOException {
        List<CompletableFuture<Integer>> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(CompletableFuture.supplyAsync(
                    () -> connect(target, seconds),
                    task -> Thread.ofPlatform().daemon().name("connects").start(task)));
        }
        int sum = 0;
        for (CompletableFuture<Integer> client : clients) {
            try {
                sum += client.join();
            } catch (CompletionException e) {
                throw new IOException("connections: " + e.getCause().getMessage(), e.getCause());
            }
        }
        return sum;
    }

    private static int connect(InetSocketAddress target, double seconds) {
        long end = System.nanoTime() + (long) (seconds * 1e9);
        int connections = 0;
        while (System.nanoTime() < end) {
            try (Socket socket = new Socket()) {
                socket.setSoLinger(true, 0); // or the ports would run out
                socket.setSoTimeout(PATIENCE_MILLIS);
                socket.connect(target, PATIENCE_MILLIS);
                if (socket.getInputStream().read() >= 0) {
                    throw new IOException("the server sent something");
                }
                connections++;
            } catch (IOException e) {
                throw new CompletionException(e);
            }
        }
        return connections;
    }
}

package jflannel.lab.kube;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;

/// Speaks TLS for a server on the same host that does not. Java's own HTTPS server looks up the name of each
/// client, and a host of the lab has nobody to ask: that takes half a minute.
final class TlsFront implements AutoCloseable {
    private final SSLServerSocket listener;
    private final int port;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();

    /// @param port of the server, on the loopback device of the calling thread's network namespace
    TlsFront(InetSocketAddress address, SSLContext tls, int port) throws IOException {
        this.port = port;
        listener = (SSLServerSocket) tls.getServerSocketFactory().createServerSocket();
        listener.bind(address);
        // a platform thread stays in the namespace in which it was started
        Thread.ofPlatform().daemon().name("tls").start(this::accept);
    }

    InetSocketAddress address() {
        return (InetSocketAddress) listener.getLocalSocketAddress();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                Socket server = new Socket(InetAddress.getLoopbackAddress(), port);
                client.setTcpNoDelay(true);
                server.setTcpNoDelay(true);
                open.add(client);
                open.add(server);
                Thread.ofVirtual().start(() -> copy(client, server));
                Thread.ofVirtual().start(() -> copy(server, client));
            } catch (IOException e) {
                // closed, or a client that has gone already
            }
        }
    }

    private void copy(Socket from, Socket to) {
        try (from;
                to) {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException e) {
            // who hung up, or spoke no TLS, sees it
        } finally {
            open.remove(from);
        }
    }

    @Override
    public void close() {
        try {
            listener.close();
            for (Socket socket : open) {
                socket.close();
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}

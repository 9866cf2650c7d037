package jflannel.kubeapi;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// Answers HTTP requests with bytes that a test has written down, so that it may answer badly. In the network namespace
/// of the thread that makes it.
final class ScriptedServer implements AutoCloseable {
    private final ServerSocket listener;
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final List<Socket> clients = new CopyOnWriteArrayList<>();

    /// What happens on one connection after its first request has arrived.
    interface Script {
        void play(InputStream in, OutputStream out) throws Exception;
    }

    /// @param scripts one for each connection, in order; more connections are not accepted
    ScriptedServer(Script... scripts) throws IOException {
        listener = new ServerSocket();
        listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        Thread.ofPlatform().daemon().start(() -> {
            for (Script script : scripts) {
                try {
                    Socket client = listener.accept();
                    clients.add(client);
                    Thread.ofPlatform().daemon().start(() -> play(script, client));
                } catch (IOException e) {
                    return; // closed
                }
            }
        });
    }

    private void play(Script script, Socket client) {
        try (client) {
            head(client.getInputStream());
            script.play(client.getInputStream(), client.getOutputStream());
        } catch (Exception e) {
            // the client left, or the test has ended
        }
    }

    /// Waits for a request.
    String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int c = in.read();
            if (c < 0) {
                throw new IOException("the client left");
            }
            head.append((char) c);
        }
        requests.add(head.toString());
        return head.toString();
    }

    static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(ISO_8859_1));
        out.flush();
    }

    /// A whole answer with a body.
    static String ok(String body) {
        return "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    static String chunk(String text) {
        return Integer.toHexString(text.length()) + "\r\n" + text + "\r\n";
    }

    String url() {
        return "http://127.0.0.1:" + listener.getLocalPort();
    }

    int port() {
        return listener.getLocalPort();
    }

    /// The heads of all requests so far.
    List<String> requests() {
        return List.copyOf(requests);
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket client : clients) {
            client.close();
        }
    }
}

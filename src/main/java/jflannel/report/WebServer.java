package jflannel.report;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.Request;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import jflannel.ip.Ip;
import jflannel.options.ExitException;

/// An HTTP server for a few small pages, each request on a virtual thread. It does not trust its clients: one that
/// sends nothing, or reads nothing, loses its connection after 10 s, and there are at most 200.
public final class WebServer implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int GRACE_SECONDS = 2;
    private static final List<String> METHODS = List.of("GET", "HEAD");
    private static final Answer NOT_ALLOWED = new Answer(
            405, "text/plain; charset=utf-8", "405 method not allowed".getBytes(UTF_8), Map.of("Allow", "GET, HEAD"));

    static {
        // read when the first server is created; a Deadline limits the time for answers, as streams have no end
        setUnlessGiven("sun.net.httpserver.maxReqTime", String.valueOf(PATIENCE.toSeconds()));
        setUnlessGiven("jdk.httpserver.maxConnections", "200");
        // or the end of each answer waits until the client has acknowledged its beginning
        setUnlessGiven("sun.net.httpserver.nodelay", "true");
    }

    /// Answers requests for any path, which begins with a slash.
    public interface Pages {
        Reply answer(Request request) throws IOException;
    }

    /// What a client gets.
    public sealed interface Reply {
        int status();

        String contentType();

        /// Headers besides the content type.
        Map<String, String> headers();
    }

    /// @param contentType of the body
    public record Answer(int status, String contentType, byte[] body, Map<String, String> headers) implements Reply {
        public Answer(int status, String contentType, byte[] body) {
            this(status, contentType, body, Map.of());
        }

        public static Answer text(int status, String text) {
            return new Answer(status, "text/plain; charset=utf-8", text.getBytes(UTF_8));
        }
    }

    /// Messages for as long as the client reads and the writer has any.
    public record Stream(String contentType, Writer writer, Map<String, String> headers) implements Reply {
        @Override
        public int status() {
            return 200;
        }
    }

    /// Writes the messages of one client's stream, on that client's thread.
    public interface Writer {
        /// @throws IOException if the client is gone, or does not read
        void write(Messages messages) throws IOException, InterruptedException;
    }

    /// Where to write them.
    public interface Messages {
        /// Returns once the kernel has taken the whole message for the client.
        void send(byte[] message) throws IOException;
    }

    private final HttpServer server;
    private final ExecutorService threads;

    private WebServer(HttpServer server, ExecutorService threads) {
        this.server = server;
        this.threads = threads;
    }

    /// @param name of the server
    /// @param flags that say where it listens, for the error message
    /// @param ip the address to listen on; null for all
    /// @param port 0 for one that the kernel chooses
    /// @throws ExitException if the address or port cannot be had
    public static WebServer start(String name, String flags, Ip ip, int port, Pages pages) {
        try {
            InetSocketAddress address = ip == null
                    ? new InetSocketAddress(port)
                    : new InetSocketAddress(InetAddress.getByAddress(ip.bytes()), port);
            ExecutorService threads = Executors.newThreadPerTaskExecutor(
                    Thread.ofVirtual().name(name + "-", 0).factory());
            HttpServer server = HttpServer.create(address, 0);
            server.createContext("/", exchange -> serve(exchange, pages));
            server.setExecutor(threads);
            server.start();
            return new WebServer(server, threads);
        } catch (IOException e) {
            throw new ExitException(
                    ExitException.USAGE,
                    "%s: cannot listen on %s port %d: %s. Give an address of this node and a port that is free, or none for no server."
                            .formatted(flags, ip == null ? "any address" : ip, port, e.getMessage()));
        }
    }

    private static void serve(HttpExchange exchange, Pages pages) throws IOException {
        Reply reply = METHODS.contains(exchange.getRequestMethod()) ? pages.answer(exchange) : NOT_ALLOWED;
        if (reply instanceof Stream stream && !isHead(exchange)) {
            flow(exchange, stream);
        } else {
            try (Deadline _ = new Deadline(PATIENCE);
                    exchange) {
                send(exchange, reply);
            }
        }
    }

    /// Each message has a deadline of its own.
    private static void flow(HttpExchange exchange, Stream stream) throws IOException {
        try (exchange) {
            try (Deadline _ = new Deadline(PATIENCE)) {
                head(exchange, stream, 0);
            }
            OutputStream client = exchange.getResponseBody();
            stream.writer().write(message -> {
                try (Deadline _ = new Deadline(PATIENCE)) {
                    client.write(message);
                    client.flush();
                }
            });
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the server is closed
        }
    }

    private static boolean isHead(HttpExchange exchange) {
        return exchange.getRequestMethod().equals("HEAD");
    }

    /// Sends a page, or only its headers if they were asked for.
    private static void send(HttpExchange exchange, Reply reply) throws IOException {
        byte[] body = reply instanceof Answer answer ? answer.body() : new byte[0];
        boolean bare = isHead(exchange) || body.length == 0;
        head(exchange, reply, bare ? -1 : body.length);
        if (!bare) {
            exchange.getResponseBody().write(body);
        }
    }

    /// @param length of the body in bytes; 0 if it is not known, -1 for none
    private static void head(HttpExchange exchange, Reply reply, long length) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", reply.contentType());
        reply.headers().forEach(exchange.getResponseHeaders()::set);
        exchange.sendResponseHeaders(reply.status(), length);
    }

    /// The port that is listened on.
    public int port() {
        return server.getAddress().getPort();
    }

    /// Stops answering, after at most 3 s for requests under way.
    @Override
    public void close() {
        server.stop(GRACE_SECONDS);
        threads.shutdownNow();
    }

    private static void setUnlessGiven(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }
}

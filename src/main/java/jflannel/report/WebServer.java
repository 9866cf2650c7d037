package jflannel.report;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.Request;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import jflannel.ip.Ip;
import jflannel.options.ExitException;

/// An HTTP server for a few small pages, each request on a virtual thread. It does not trust its clients: one that
/// sends nothing, or reads nothing, loses its connection after 10 s, and there are at most 200.
final class WebServer implements AutoCloseable {
    private static final int GRACE_SECONDS = 2;
    private static final List<String> METHODS = List.of("GET", "HEAD");
    private static final Answer NOT_ALLOWED = Answer.text(405, "405 method not allowed");

    static {
        // read when the first server is created
        setUnlessGiven("sun.net.httpserver.maxReqTime", "10");
        setUnlessGiven("sun.net.httpserver.maxRspTime", "10");
        setUnlessGiven("jdk.httpserver.maxConnections", "200");
    }

    /// Answers requests for any path, which begins with a slash.
    interface Pages {
        Answer answer(Request request) throws IOException;
    }

    /// @param contentType of the body
    public record Answer(int status, String contentType, byte[] body) {
        static Answer text(int status, String text) {
            return new Answer(status, "text/plain; charset=utf-8", text.getBytes(UTF_8));
        }
    }

    private final HttpServer server;
    private final ExecutorService threads;

    private WebServer(HttpServer server, ExecutorService threads) {
        this.server = server;
        this.threads = threads;
    }

    /// @param name of the server, which its flags begin with: `healthz` stands for `--healthz-ip` and `--healthz-port`
    /// @param ip the address to listen on; null for all
    /// @param port 0 for one that the kernel chooses
    /// @throws ExitException if the address or port cannot be had
    static WebServer start(String name, Ip ip, int port, Pages pages) {
        try {
            InetSocketAddress address = ip == null
                    ? new InetSocketAddress(port)
                    : new InetSocketAddress(InetAddress.getByAddress(ip.bytes()), port);
            ExecutorService threads = Executors.newThreadPerTaskExecutor(
                    Thread.ofVirtual().name(name + "-", 0).factory());
            HttpServer server = HttpServer.create(address, 0);
            server.createContext("/", exchange -> {
                try (exchange) {
                    boolean read = METHODS.contains(exchange.getRequestMethod());
                    send(exchange, read ? pages.answer(exchange) : NOT_ALLOWED);
                }
            });
            server.setExecutor(threads);
            server.start();
            return new WebServer(server, threads);
        } catch (IOException e) {
            throw new ExitException(
                    ExitException.USAGE,
                    "--%1$s-ip, --%1$s-port: cannot listen on %2$s port %3$d: %4$s. Give an address of this node and a port that is free, or --%1$s-port=0 for none."
                            .formatted(name, ip == null ? "any address" : ip, port, e.getMessage()));
        }
    }

    /// Sends a page, or only its headers if they were asked for.
    private static void send(HttpExchange exchange, Answer answer) throws IOException {
        boolean head = exchange.getRequestMethod().equals("HEAD");
        exchange.getResponseHeaders().set("Content-Type", answer.contentType());
        if (answer == NOT_ALLOWED) {
            exchange.getResponseHeaders().set("Allow", String.join(", ", METHODS));
        }
        exchange.sendResponseHeaders(answer.status(), head ? -1 : answer.body().length);
        if (!head) {
            exchange.getResponseBody().write(answer.body());
        }
    }

    int port() {
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

package jflannel.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import jflannel.ip.Ip;

/// Answers probes over HTTP: `/healthz` as long as this process lives, `/readyz` as long as every check passes.
/// `?verbose` lists the checks. Unlike Go flannel's, readiness goes back when a check fails later.
///
/// Any thread may report a check; each request is served on a virtual thread.
public final class Health implements AutoCloseable {
    private static final String PASSED = "";
    private static final int GRACE_SECONDS = 2;

    static {
        // a client that sends nothing must not hold its connection for ever; read when the first server is made
        setUnlessGiven("sun.net.httpserver.maxReqTime", "10");
        setUnlessGiven("sun.net.httpserver.maxRspTime", "10");
        setUnlessGiven("jdk.httpserver.maxConnections", "200");
    }

    private final Map<String, String> checks = new ConcurrentSkipListMap<>();
    private final Map<String, String> remarks = new ConcurrentSkipListMap<>();
    private final HttpServer server;
    private final ExecutorService threads;

    private Health(HttpServer server, ExecutorService threads) {
        this.server = server;
        this.threads = threads;
    }

    /// Starts to answer, at first with "not ready": the check `start` passes when [#pass] says so.
    ///
    /// @param ip the address to listen on; null for all
    /// @param port the port; 0 for no server: checks may be reported all the same
    /// @throws ExitException if the address or port cannot be had
    public static Health start(Ip ip, int port) {
        return port == 0 ? silent() : listening(ip, port);
    }

    /// As [#start], but port 0 means one that the kernel chooses.
    static Health listening(Ip ip, int port) {
        try {
            InetSocketAddress address = ip == null
                    ? new InetSocketAddress(port)
                    : new InetSocketAddress(InetAddress.getByAddress(ip.bytes()), port);
            ExecutorService threads = Executors.newThreadPerTaskExecutor(
                    Thread.ofVirtual().name("health-", 0).factory());
            HttpServer server = HttpServer.create(address, 0);
            Health health = new Health(server, threads);
            health.fail("start", "starting");
            server.createContext("/", health::answer);
            server.setExecutor(threads);
            server.start();
            return health;
        } catch (IOException e) {
            throw new ExitException(
                    ExitException.USAGE,
                    "--healthz-ip, --healthz-port: the health server cannot listen on %s port %d: %s."
                                    .formatted(ip == null ? "any address" : ip, port, e.getMessage())
                            + " Give an address of this node and a port that is free, or --healthz-port=0 for none.");
        }
    }

    private static Health silent() {
        Health health = new Health(null, null);
        health.fail("start", "starting");
        return health;
    }

    /// The check is passed from now on.
    public void pass(String check) {
        checks.put(check, PASSED);
    }

    /// The check fails from now on, so the node is not ready.
    ///
    /// @param reason what is missing, for the person who reads `/readyz?verbose`
    public void fail(String check, String reason) {
        checks.put(check, reason.isEmpty() ? "failed" : reason);
    }

    /// Says something about a node that may be ready all the same, for the person who reads `/readyz?verbose`.
    ///
    /// @param about one word
    /// @param words empty to take back what was said
    public void remark(String about, String words) {
        if (words.isEmpty()) {
            remarks.remove(about);
        } else {
            remarks.put(about, words);
        }
    }

    /// True if all checks that were ever reported pass now.
    public boolean isReady() {
        return checks.values().stream().allMatch(PASSED::equals);
    }

    /// The port that is listened on, or 0.
    int port() {
        return server == null ? 0 : server.getAddress().getPort();
    }

    /// Stops answering, after at most 3 s for requests under way.
    @Override
    public void close() {
        if (server != null) {
            server.stop(GRACE_SECONDS);
            threads.shutdownNow();
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            boolean verbose = ("&" + exchange.getRequestURI().getRawQuery()).contains("&verbose");
            switch (exchange.getRequestURI().getPath()) {
                case "/healthz" -> send(exchange, 200, "flanneld is running");
                case "/readyz" -> {
                    // one look at the checks: the list must not contradict the verdict
                    Map<String, String> now = new TreeMap<>(checks);
                    boolean ready = now.values().stream().allMatch(PASSED::equals);
                    String verdict = ready ? "flanneld is ready" : "flanneld is not ready yet";
                    send(exchange, ready ? 200 : 503, (verbose ? list(now) + remarks() : "") + verdict);
                }
                default -> send(exchange, 404, "404 page not found");
            }
        }
    }

    private static String list(Map<String, String> checks) {
        StringBuilder lines = new StringBuilder();
        checks.forEach((check, reason) -> lines.append(
                reason.equals(PASSED)
                        ? "[+] " + check + "\n"
                        : "[-] " + check + ": " + LogText.harmless(reason) + "\n"));
        return lines.toString();
    }

    private String remarks() {
        StringBuilder lines = new StringBuilder();
        remarks.forEach((about, words) -> lines.append("[!] " + about + ": " + LogText.harmless(words) + "\n"));
        return lines.toString();
    }

    private static void send(HttpExchange exchange, int status, String text) throws IOException {
        byte[] body = text.getBytes(UTF_8);
        boolean head = exchange.getRequestMethod().equals("HEAD");
        exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
        exchange.sendResponseHeaders(status, head ? -1 : body.length);
        if (!head) {
            exchange.getResponseBody().write(body);
        }
    }

    private static void setUnlessGiven(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }
}

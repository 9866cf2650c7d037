package jflannel.report;

import com.sun.net.httpserver.Request;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import jflannel.ip.Ip;
import jflannel.metrics.Metric;
import jflannel.metrics.Readings;
import jflannel.metrics.Source;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.status.Finding;
import jflannel.status.NodeStatus;
import jflannel.status.Severity;
import jflannel.work.Printable;

/// Answers probes over HTTP: `/healthz` as long as this process lives, `/livez` as long as the control loop turns too,
/// `/readyz` as long as nothing on the [Board] keeps the node from being ready. `?verbose` lists what is checked, and
/// what is wrong besides. Unlike Go flannel's, readiness is withdrawn when something fails later.
///
/// Each request is served on a virtual thread.
public final class Health implements AutoCloseable, Source {
    /// How long one step of the control loop may take before it counts as hanging: a pass over 20,000 peers takes
    /// seconds, and a loop at rest turns every ten.
    static final Duration STALL = Duration.ofMinutes(1);

    private final Board board;
    private final LongSupplier nanoClock;
    private final WebServer server;
    /// Of single networks, by name; empty in a daemon that serves one.
    private final Map<String, Health> networks = new ConcurrentSkipListMap<>();

    private volatile OptionalLong lastBeat = OptionalLong.empty();

    private Health(Board board, LongSupplier nanoClock, Ip ip, int port, boolean silent) {
        this.board = board;
        this.nanoClock = nanoClock;
        this.server =
                silent ? null : WebServer.start("healthz", "--healthz-ip, --healthz-port", ip, port, this::answer);
    }

    /// Starts to answer.
    ///
    /// @param ip the address to listen on; null for all
    /// @param port the port; 0 for no server
    /// @throws ExitException if the address or port cannot be had
    public static Health start(Board board, Ip ip, int port) {
        return new Health(board, System::nanoTime, ip, port, port == 0);
    }

    /// As [#start], but port 0 means one that the kernel chooses.
    static Health listening(Board board, Ip ip, int port) {
        return listening(board, ip, port, System::nanoTime);
    }

    static Health listening(Board board, Ip ip, int port, LongSupplier nanoClock) {
        return new Health(board, nanoClock, ip, port, false);
    }

    /// Of one of several networks: this daemon is then as well as the worst of them. Replaces an earlier one of that
    /// name.
    public Health network(String name, Board ofNetwork) {
        Health one = new Health(ofNetwork, nanoClock, null, 0, true);
        networks.put(name, one);
        return one;
    }

    /// The control loop is alive. From the first call on, `/livez` expects another within [#STALL].
    public void beat() {
        lastBeat = OptionalLong.of(nanoClock.getAsLong());
    }

    /// The port that is listened on, or 0.
    int port() {
        return server == null ? 0 : server.port();
    }

    /// Stops answering, after at most 3 s for requests under way.
    @Override
    public void close() {
        if (server != null) {
            server.close();
        }
    }

    @Override
    public void read(Readings readings) {
        NodeStatus now = board.status();
        readings.put(Metric.READY, now.isReady() ? 1 : 0);
        checks(now).forEach((check, fault) -> readings.put(Metric.CHECK_PASSED, fault.isEmpty() ? 1 : 0, check));
    }

    public WebServer.Answer answer(Request request) {
        if (networks.isEmpty() || request.getRequestURI().getPath().equals("/healthz")) {
            return ofThis(request);
        }
        int worst = 0;
        StringBuilder lines = new StringBuilder();
        for (Map.Entry<String, Health> one : networks.entrySet()) {
            WebServer.Answer answer = one.getValue().ofThis(request);
            worst = Math.max(worst, answer.status());
            new String(answer.body(), StandardCharsets.UTF_8)
                    .lines()
                    .forEach(line -> lines.append(one.getKey() + ": " + line + "\n"));
        }
        return WebServer.Answer.text(worst, lines.toString());
    }

    private WebServer.Answer ofThis(Request request) {
        boolean verbose = ("&" + request.getRequestURI().getRawQuery()).contains("&verbose");
        return switch (request.getRequestURI().getPath()) {
            case "/healthz" -> WebServer.Answer.text(200, "flanneld is running");
            case "/livez" -> {
                Duration still = sinceLastBeat();
                boolean alive = still.compareTo(STALL) <= 0;
                String turn = "control loop: its last step began " + still.toSeconds() + " s ago\n";
                String verdict = alive ? "flanneld is alive" : "flanneld hangs";
                yield WebServer.Answer.text(
                        alive ? 200 : 503, (verbose ? (alive ? "[+] " : "[-] ") + turn : "") + verdict);
            }
            case "/readyz" -> {
                NodeStatus now = board.status(); // once: the list must not contradict the verdict
                String verdict = now.isReady() ? "flanneld is ready" : "flanneld is not ready yet";
                yield WebServer.Answer.text(now.isReady() ? 200 : 503, (verbose ? list(now) : "") + verdict);
            }
            default -> WebServer.Answer.text(404, "404 page not found");
        };
    }

    /// Zero before the loop starts: until then the daemon waits for others, and tries again every second.
    private Duration sinceLastBeat() {
        OptionalLong beat = lastBeat;
        return Duration.ofNanos(beat.isEmpty() ? 0 : nanoClock.getAsLong() - beat.getAsLong());
    }

    /// The checks that must pass before the node is ready, by name, with what is wrong.
    private static Map<String, String> checks(NodeStatus now) {
        Map<String, String> checks = new TreeMap<>();
        for (Condition condition : Condition.values()) {
            if (condition.severity() != Severity.DEGRADED) {
                checks.merge(condition.check(), faults(now, condition), Health::both);
            }
        }
        return checks;
    }

    private static String faults(NodeStatus now, Condition condition) {
        return now.findings().stream()
                .filter(finding -> finding.condition() == condition)
                .map(Finding::detail)
                .collect(Collectors.joining("; "));
    }

    private static String both(String one, String other) {
        return one.isEmpty() || other.isEmpty() ? one + other : one + "; " + other;
    }

    private static String list(NodeStatus now) {
        StringBuilder lines = new StringBuilder();
        checks(now)
                .forEach((check, fault) -> lines.append(fault.isEmpty() ? "[+] " : "[-] ")
                        .append(check)
                        .append(fault.isEmpty() ? "" : ": " + Printable.line(fault))
                        .append('\n'));
        now.findings().stream()
                .filter(finding -> finding.condition().severity() == Severity.DEGRADED)
                .forEach(finding -> lines.append("[!] ")
                        .append(Printable.line(finding.words()))
                        .append('\n'));
        return lines.toString();
    }
}

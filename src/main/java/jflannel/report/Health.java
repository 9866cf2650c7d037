package jflannel.report;

import com.sun.net.httpserver.Request;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.LongSupplier;
import jflannel.ip.Ip;
import jflannel.metrics.Metric;
import jflannel.metrics.Readings;
import jflannel.metrics.Source;
import jflannel.options.ExitException;

/// Answers probes over HTTP: `/healthz` as long as this process lives, `/livez` as long as the control loop turns
/// too, `/readyz` as long as every check passes. `?verbose` lists the checks. Unlike Go flannel's, readiness goes
/// back when a check fails later.
///
/// Any thread may report a check; each request is served on a virtual thread.
public final class Health implements AutoCloseable, Source {
    /// How long one step of the control loop may take before it counts as hanging. The longest one that still ends is
    /// a firewall tool that waits for its lock, which is ended after a minute; a reconcile of 5,000 peers takes a
    /// second, and a loop at rest turns every ten.
    static final Duration STALL = Duration.ofMinutes(3);

    private static final String PASSED = "";

    private final Map<String, String> checks = new ConcurrentSkipListMap<>();
    private final Map<String, String> remarks = new ConcurrentSkipListMap<>();
    private final LongSupplier nanoClock;
    private final WebServer server;
    private volatile OptionalLong lastBeat = OptionalLong.empty();

    private Health(LongSupplier nanoClock, Ip ip, int port, boolean silent) {
        this.nanoClock = nanoClock;
        fail("start", "starting");
        this.server = silent ? null : WebServer.start("healthz", ip, port, this::answer);
    }

    /// Starts to answer, at first with "not ready": the check `start` passes when [#pass] says so.
    ///
    /// @param ip the address to listen on; null for all
    /// @param port the port; 0 for no server: checks may be reported all the same
    /// @throws ExitException if the address or port cannot be had
    public static Health start(Ip ip, int port) {
        return new Health(System::nanoTime, ip, port, port == 0);
    }

    /// As [#start], but port 0 means one that the kernel chooses.
    static Health listening(Ip ip, int port) {
        return listening(ip, port, System::nanoTime);
    }

    static Health listening(Ip ip, int port, LongSupplier nanoClock) {
        return new Health(nanoClock, ip, port, false);
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

    /// Takes back all remarks: they were of a session that has ended.
    public void takeBackRemarks() {
        remarks.clear();
    }

    /// The control loop is alive. From the first call on, `/livez` expects another within [#STALL].
    public void beat() {
        lastBeat = OptionalLong.of(nanoClock.getAsLong());
    }

    /// The control loop has ended on purpose: until the next [#beat], `/livez` expects none.
    public void rest() {
        lastBeat = OptionalLong.empty();
    }

    /// True if all checks that were ever reported pass now.
    public boolean isReady() {
        return checks.values().stream().allMatch(PASSED::equals);
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
        readings.put(Metric.READY, isReady() ? 1 : 0);
        checks.forEach((check, reason) -> readings.put(Metric.CHECK_PASSED, reason.equals(PASSED) ? 1 : 0, check));
    }

    public WebServer.Answer answer(Request request) {
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
                // one look at the checks: the list must not contradict the verdict
                Map<String, String> now = new TreeMap<>(checks);
                boolean ready = now.values().stream().allMatch(PASSED::equals);
                String verdict = ready ? "flanneld is ready" : "flanneld is not ready yet";
                yield WebServer.Answer.text(ready ? 200 : 503, (verbose ? list(now) + remarks() : "") + verdict);
            }
            default -> WebServer.Answer.text(404, "404 page not found");
        };
    }

    /// Zero before the loop begins: until then the daemon waits for others, and tries again each second.
    private Duration sinceLastBeat() {
        OptionalLong beat = lastBeat;
        return Duration.ofNanos(beat.isEmpty() ? 0 : nanoClock.getAsLong() - beat.getAsLong());
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
}

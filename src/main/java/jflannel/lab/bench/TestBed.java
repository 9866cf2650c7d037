package jflannel.lab.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import jflannel.ip.Family;
import jflannel.lab.Lab;
import jflannel.lab.LabHost;
import jflannel.lab.LabNode;
import jflannel.lab.LabProcess;
import jflannel.lab.Pause;
import jflannel.linux.Command;

/// A lab of two nodes that carries packets in a contender's way, with the two hosts between which it is measured and
/// an iperf3 that answers at the far one.
final class TestBed implements AutoCloseable {
    private static final int PATIENCE_SECONDS = 10;

    private final Contender contender;
    private final FilteredLab filtered;
    private final Lab lab;
    private final LabHost from;
    private final LabHost to;
    private final String target;
    private final LinkOffloads links;
    private LabProcess server;

    /// Sets up the lab, in a second or two.
    ///
    /// @throws IOException if it does not come up, or its ends do not reach each other
    static TestBed open(Contender contender) throws IOException {
        FilteredLab lab = FilteredLab.open(contender);
        try {
            return new TestBed(contender, lab);
        } catch (IOException | RuntimeException e) {
            lab.close();
            throw e;
        }
    }

    private TestBed(Contender contender, FilteredLab filtered) throws IOException {
        this.contender = contender;
        this.filtered = filtered;
        this.lab = filtered.lab();
        boolean pods = contender.scenario().isPresent();
        this.from = pods ? lab.pod(1) : lab.node(1).host();
        this.to = pods ? lab.pod(2) : lab.node(2).host();
        this.target = (pods ? lab.node(2).podAddress(Family.IPV4) : lab.node(2).address(Family.IPV4)).toString();
        this.links = new LinkOffloads(lab);
        if (from.reach(target, PATIENCE_SECONDS) < 0) {
            throw new IOException("%s does not reach %s".formatted(from.name(), target));
        }
        startServer();
    }

    private void startServer() throws IOException {
        server = to.start("iperf3.log", "iperf3", "--server", "--forceflush");
        String ready = "Server listening";
        long deadline = System.nanoTime() + PATIENCE_SECONDS * 1_000_000_000L;
        while (!server.output().contains(ready)) {
            if (!server.isAlive() || System.nanoTime() > deadline) {
                throw new IOException("iperf3 does not start on %s: %s"
                        .formatted(to.name(), server.output().strip()));
            }
            Pause.millis(20);
        }
    }

    Contender contender() {
        return contender;
    }

    Lab lab() {
        return lab;
    }

    /// Switches the offloads of the links between the nodes.
    void offloads(boolean on) throws IOException {
        links.offloads(on);
    }

    /// Sends by iperf3 from one end to the other.
    ///
    /// @param options beside those that say where to
    IperfReport iperf(int seconds, List<String> options) throws IOException {
        List<String> words = new ArrayList<>(
                List.of("iperf3", "--json", "--connect-timeout=3000", "--client=" + target, "--time=" + seconds));
        words.addAll(options);
        try {
            Command.Result result = from.attempt(words.toArray(String[]::new));
            if (!result.output().startsWith("{")) { // not even begun; warnings come beside JSON
                throw new IOException(result.errors().lines().findFirst().orElse("iperf3 said nothing"));
            }
            return IperfReport.parse(result.output());
        } catch (IOException e) {
            // a server whose test broke off may wait for the rest for ever
            server.kill();
            to.run("rm", "-f", "/run/iperf3.log");
            startServer();
            throw e;
        }
    }

    /// Sends `count` pings, one each 5 ms: the shortest time that every user may ask for is 2 ms.
    PingTimes ping(int count) throws IOException {
        return PingTimes.parse(from.attempt("ping", "-n", "-i", "0.005", "-c", Integer.toString(count), target)
                .output());
    }

    /// Sends a byte and waits for an answer, again and again.
    PingTimes requests(int seconds) throws IOException {
        return RequestTimes.of(from, to, target, seconds);
    }

    /// How many connections begin and end in a second.
    ConnectionRate connections(int seconds) throws IOException {
        return ConnectionRate.of(from, to, target, seconds);
    }

    /// Starts flanneld again on both nodes; does nothing where there is none.
    void restart() throws IOException {
        if (contender.scenario().isEmpty()) {
            return;
        }
        for (LabNode node : lab.nodes()) {
            node.flanneld().terminate(PATIENCE_SECONDS);
            node.startFlanneld();
        }
        for (LabNode node : lab.nodes()) {
            node.awaitReady();
        }
        filtered.awaitFilter();
        if (from.reach(target, PATIENCE_SECONDS) < 0) {
            throw new IOException("%s does not reach %s after a restart".formatted(from.name(), target));
        }
    }

    /// As [#ping], while one TCP stream takes all that it can get.
    PingTimes pingUnderLoad(int count, List<String> tcp) throws IOException {
        // half a second to grow before, and half a second of reserve behind
        int seconds = Math.ceilDiv(count * 5 + 1000, 1000);
        CompletableFuture<IperfReport> load = CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return iperf(seconds, tcp);
                    } catch (IOException e) {
                        throw new CompletionException(e);
                    }
                },
                task -> Thread.ofPlatform().name("load").daemon().start(task));
        try {
            Pause.millis(500);
            return ping(count);
        } finally {
            await(load);
        }
    }

    private static void await(CompletableFuture<IperfReport> load) throws IOException {
        try {
            load.join();
        } catch (CompletionException e) {
            throw new IOException("the load: " + e.getCause().getMessage(), e.getCause());
        }
    }

    /// Seconds of processor time that the flanneld of both nodes have used, 0 where there is none.
    double flanneldSeconds() throws IOException {
        double seconds = 0;
        if (contender.scenario().isPresent()) {
            for (LabNode node : lab.nodes()) {
                seconds += CpuTimes.ofProcess(node.flanneld().pid());
            }
        }
        return seconds;
    }

    /// What the larger flanneld uses, 0 where there is none.
    long flanneldBytes() throws IOException {
        long most = 0;
        if (contender.scenario().isPresent()) {
            for (LabNode node : lab.nodes()) {
                String status =
                        Files.readString(Path.of("/proc/" + node.flanneld().pid() + "/status"));
                most = Math.max(most, 1024 * Long.parseLong(status.replaceFirst("(?s).*VmRSS:\\s*(\\d+).*", "$1")));
            }
        }
        return most;
    }

    @Override
    public void close() {
        filtered.close();
    }
}

package jflannel.lab.scale;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import jflannel.kernel.Interest;
import jflannel.kernel.KernelWatch;
import jflannel.kernel.Route;
import jflannel.kernel.RouteSocket;
import jflannel.lab.Lab;
import jflannel.lab.LabNode;
import jflannel.lab.Measurements;
import jflannel.lab.Pause;
import jflannel.status.Board;

/// One start of flanneld among many leases, and what was measured of it.
///
/// @param readyMillis from exec to subnet.env, before which all peers are programmed
/// @param cpuSeconds of processor time until then
/// @param changeMillis from the moment a new lease is sent to the store to the kernel's first news of its entries
/// @param settled its footprint after some quiet seconds
/// @param idleShare the part of one processor that it used during those seconds, 0 to 1
/// @param startBytes exchanged with the store until it was ready, headers included
/// @param idleBytesPerDay what the quiet seconds would come to in a day
record StartupRun(
        double readyMillis,
        double cpuSeconds,
        Measurements changeMillis,
        Footprint settled,
        double idleShare,
        long startBytes,
        double idleBytesPerDay) {
    private static final int BETWEEN_CHANGES_MILLIS = 1000;
    private static final int PATIENCE_SECONDS = 10;
    private static final int LOG_LINES = 10;

    /// How much time a trial takes.
    ///
    /// @param changes how many leases are added after the start
    /// @param settleMillis how long flanneld may rest then; what the start took it gives back within half a minute
    /// @param quietMillis how long it is watched doing nothing
    record Pace(int changes, int settleMillis, int quietMillis) {
        static final Pace THOROUGH = new Pace(15, 35_000, 20_000);
    }

    /// @param leases how many other nodes there are
    static StartupRun of(SimulatedNodes simulated, int leases, Pace pace) throws IOException {
        try (Lab lab = simulated.lab(setup -> setup);
                NodeRegistry registry = simulated.registry(lab)) {
            registry.add(simulated, 256, leases);
            LabNode node = lab.node(1);
            long before = traffic(node);
            long start = System.nanoTime();
            registry.start(node);
            node.awaitReady();
            double ready = (System.nanoTime() - start) / 1e6;
            double cpu = Footprint.of(node.flanneld().pid()).cpuSeconds();
            long after = traffic(node);
            require(node, simulated, leases);
            Measurements changes = changes(registry, node, simulated, 256 + leases, pace.changes);
            require(node, simulated, leases + pace.changes);
            Pause.millis(pace.settleMillis);
            Footprint early = Footprint.of(node.flanneld().pid());
            long quietFrom = traffic(node);
            Pause.millis(pace.quietMillis);
            Footprint late = Footprint.of(node.flanneld().pid());
            return new StartupRun(
                    ready,
                    cpu,
                    changes,
                    late,
                    (late.cpuSeconds() - early.cpuSeconds()) * 1000 / pace.quietMillis,
                    after - before,
                    (traffic(node) - quietFrom) * (86_400_000.0 / pace.quietMillis));
        }
    }

    /// The bytes that have passed the node's interface in both directions, headers included: all between it and the
    /// store, as nobody else talks to it. proc_pid_net(5).
    private static long traffic(LabNode node) throws IOException {
        String[] counters = node.sh("grep eth0: /proc/net/dev").strip().split("[: ]+");
        return Long.parseLong(counters[1]) + Long.parseLong(counters[9]);
    }

    /// Sees by the kernel's own tables that what is timed was really done. The routes of a lease come last, and
    /// may be on their way.
    private static void require(LabNode node, SimulatedNodes simulated, int leases) throws IOException {
        int wanted = leases * simulated.families().size();
        long found = ownRoutes(node);
        for (int i = 0; i < 20 && found != wanted; i++) {
            Pause.millis(50);
            found = ownRoutes(node);
        }
        if (found != wanted) {
            throw new IOException("%s has %d routes of ours, not %d. The end of flanneld's log:%n%s"
                    .formatted(
                            node.host().name(),
                            found,
                            wanted,
                            String.join("\n", node.flanneld().tail(LOG_LINES))));
        }
    }

    private static long ownRoutes(LabNode node) throws IOException {
        return node.host().call(() -> {
            try (RouteSocket kernel = new RouteSocket()) {
                return kernel.routes().stream()
                        .filter(route -> route.protocol() == Route.OURS)
                        .count();
            }
        });
    }

    private static Measurements changes(
            NodeRegistry registry, LabNode node, SimulatedNodes simulated, int first, int count) throws IOException {
        BlockingQueue<Long> news = new LinkedBlockingQueue<>();
        Interest interest = new Interest(Set.of("flannel.1", "flannel-v6.1"), Set.of(), Set.of(), Set.of());
        List<Double> millis = new ArrayList<>();
        try (KernelWatch _ =
                node.host().call(() -> new KernelWatch(interest, new Board(), _ -> news.add(System.nanoTime())))) {
            for (int i = 0; i < count; i++) {
                Pause.millis(BETWEEN_CHANGES_MILLIS);
                news.clear();
                long sent = System.nanoTime();
                registry.add(simulated, first + i, 1);
                millis.add((await(news, first + i) - sent) / 1e6);
            }
        }
        return new Measurements(millis);
    }

    private static long await(BlockingQueue<Long> news, int member) throws IOException {
        try {
            Long at = news.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (at == null) {
                throw new IOException(
                        "the kernel has no entry for the new node %d after %d s".formatted(member, PATIENCE_SECONDS));
            }
            return at;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}

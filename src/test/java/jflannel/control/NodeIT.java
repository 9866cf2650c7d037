package jflannel.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import jflannel.backend.Backend;
import jflannel.firewall.Firewall;
import jflannel.firewall.PeerFilter;
import jflannel.firewall.Upkeep;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.Kernel;
import jflannel.kernel.Outcome;
import jflannel.kernel.Route;
import jflannel.kernel.RouteSocket;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.lease.NetworkConfig;
import jflannel.lease.Peers;
import jflannel.lease.SubnetFile;
import jflannel.linux.KernelException;
import jflannel.metrics.NodeFigures;
import jflannel.metrics.Page;
import jflannel.report.Health;
import jflannel.report.StatusFile;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// What a node tells of its work, and how long it then rests.
@ExtendWith(OwnNetns.class)
class NodeIT {
    private static final Route ROUTE = Route.via(Cidr.parse("10.5.2.0/24"), Ip.parse("192.0.2.2"), 1, false);
    private static final Outcome CHANGED = new Outcome(List.of(ROUTE), List.of(), Set.of(), List.of());
    private static final Outcome REFUSED =
            new Outcome(List.of(), List.of(), Set.of(ROUTE), List.of(new KernelException("put " + ROUTE, 101, null)));

    private final Lease own = new Lease(
            List.of(Cidr.parse("10.5.1.0/24")),
            new Announcement(Map.of(Family.IPV4, Ip.parse("192.0.2.1")), "host-gw", Map.of()));
    private final Deque<Outcome> outcomes = new ArrayDeque<>();
    private final NodeFigures figures = new NodeFigures();
    private final Health health = Health.start(null, 0);
    private final List<String> log = new ArrayList<>();
    private final Logger logger = Logger.getLogger(Node.class.getName());
    private final Handler listener = new Handler() {
        @Override
        public void publish(LogRecord told) {
            log.add(told.getLevel() + " " + told.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @TempDir
    private Path folder;

    @BeforeEach
    void listen() {
        logger.setLevel(Level.INFO);
        logger.addHandler(listener);
    }

    @AfterEach
    void stopListening() {
        logger.removeHandler(listener);
        logger.setLevel(null);
    }

    @Test
    void tellsChangesByTheNamesOfDevicesAndWhetherTheyWereExpected() throws Exception {
        try (Kernel kernel = new RouteSocket()) {
            Node node = node(kernel, false);
            converge(node, CHANGED, true);
            converge(node, CHANGED, false);
            assertThat(log)
                    .contains(
                            "INFO changed: put route 10.5.2.0/24 via 192.0.2.2 dev lo",
                            "WARNING repaired what somebody else changed: put route 10.5.2.0/24 via 192.0.2.2 dev lo");
        }
    }

    @Test
    void whatIsDoneLateBecauseItFailedAtFirstIsNoRepair() throws Exception {
        try (Kernel kernel = new RouteSocket()) {
            Node node = node(kernel, false);
            converge(node, null, true); // the backend fails as a whole
            converge(node, CHANGED, false);
            converge(node, REFUSED, true);
            converge(node, REFUSED, false);
            converge(node, CHANGED, false);
            assertThat(log)
                    .filteredOn(line -> line.contains("changed: "))
                    .containsOnly("INFO changed: put route 10.5.2.0/24 via 192.0.2.2 dev lo");
            assertThat(log)
                    .containsOnlyOnce("WARNING the kernel refuses: put route 10.5.2.0/24 via 192.0.2.2 dev lo:"
                            + " Network is unreachable [errno 101]");
        }
    }

    @Test
    void looksAtTheRulesWhenNewsOfThemWereLost() throws Exception {
        try (Kernel kernel = new RouteSocket()) {
            Node node = node(kernel, true);
            assertThat(converge(node, Outcome.NOTHING, true)).isEqualTo(Node.RECHECK);
            sh("nft delete table ip flannel-ipv4");
            node.rulesChanged("somebody's");
            assertThat(converge(node, Outcome.NOTHING, false)).isEqualTo(Node.RECHECK);
            node.rulesChanged(Node.ANY_TABLE);
            for (int rules = 0;
                    rules < 2;
                    rules++) { // peer filter and firewall, a second after each was looked at last
                Thread.sleep(converge(node, Outcome.NOTHING, false));
            }
            converge(node, Outcome.NOTHING, false);
            assertThat(sh("nft list table ip flannel-ipv4")).contains("10.5.1.0/24");
        }
    }

    @Test
    void countsWhatNewcomersAreWelcomedWith() throws Exception {
        try (Kernel kernel = new RouteSocket()) {
            Node node = node(kernel, false);
            converge(node, CHANGED, true);
            node.welcome(own, Peers.NONE);
            String page =
                    new String(new Page(() -> List.of(figures)).render(null).body(), UTF_8);
            assertThat(page).contains("flannel_kernel_changes_total{verb=\"put\"} 2.0");
        }
    }

    /// Kubernetes may have cut the network for one family only.
    @Test
    void aNodeThatHasOneFamilyOfTheNetworksTwoHasRulesForThat() throws Exception {
        try (Kernel kernel = new RouteSocket()) {
            NetworkConfig dual = NetworkConfig.parse(
                    "test", "{\"Network\":\"10.5.0.0/16\",\"EnableIPv6\":true,\"IPv6Network\":\"fd05::/48\"}");
            converge(node(kernel, dual, true), Outcome.NOTHING, true);
            assertThat(sh("nft list table ip flannel-ipv4")).contains("10.5.1.0/24");
            assertThat(sh("nft list ruleset")).doesNotContain("fd05:");
            assertThat(health.isReady()).isTrue();
        }
    }

    /// @param outcome what the backend did, or null if it fails
    private Duration converge(Node node, Outcome outcome, boolean leasesChanged) {
        outcomes.clear();
        if (outcome != null) {
            outcomes.add(outcome);
        }
        return node.converge(own, Peers.NONE, leasesChanged);
    }

    private Node node(Kernel kernel, boolean masquerade) {
        return node(kernel, NetworkConfig.parse("test", "{\"Network\":\"10.5.0.0/16\"}"), masquerade);
    }

    private Node node(Kernel kernel, NetworkConfig network, boolean masquerade) {
        return new Node(
                new Node.Parts(
                        network,
                        kernel,
                        new Scripted(),
                        new Upkeep<>(Firewall.nftables(), Duration.ofSeconds(1), true),
                        new Upkeep<>(new PeerFilter(), Duration.ofSeconds(1), true),
                        new BlackholeRoutes(kernel, false),
                        new SubnetFile(folder.resolve("subnet.env")),
                        masquerade,
                        false,
                        true,
                        true,
                        () -> true),
                health,
                figures,
                new StatusFile(folder.resolve("subnet.env")),
                () -> {},
                (ready, why) -> {});
    }

    private final class Scripted implements Backend {
        @Override
        public Announcement announce() {
            return own.announced();
        }

        @Override
        public int mtu() {
            return 1500;
        }

        @Override
        public Outcome reconcile(Lease own, Peers peers) throws IOException {
            if (outcomes.isEmpty()) {
                throw new IOException("nothing works");
            }
            return outcomes.poll();
        }

        @Override
        public Outcome welcome(Lease own, Peers newcomers) {
            return CHANGED;
        }

        @Override
        public Set<Object> ignored() {
            return Set.of();
        }

        @Override
        public Set<String> devices() {
            return Set.of();
        }

        @Override
        public void close() {}
    }
}

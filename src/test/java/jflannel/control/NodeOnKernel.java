package jflannel.control;

import static jflannel.testing.Sh.sh;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jflannel.backend.Footprint;
import jflannel.backend.RouteTable;
import jflannel.backend.WireguardIdentity;
import jflannel.firewall.RuleKeeper;
import jflannel.foreign.ForeignRuleWatch;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.ipsec.IpsecKeeper;
import jflannel.kernel.RouteSocket;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.lease.NetworkConfig;
import jflannel.lease.Peers;
import jflannel.metrics.NodeFigures;
import jflannel.names.Claims;
import jflannel.names.Names;
import jflannel.options.Options;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.status.Finding;
import jflannel.testing.LogLines;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// A node on a real kernel, for tests of its passes.
@ExtendWith(OwnNetns.class)
abstract class NodeOnKernel {
    static final String HOST_GW =
            "{\"Network\":\"10.5.0.0/16\",\"Backend\":{\"Type\":\"host-gw\"}," + "\"EnableNFTables\":true}";
    static final Lease PEER = lease("10.5.2.0/24", "192.0.2.2");

    final Board board = new Board();
    final Peers known = new Peers();
    final BlockingQueue<Audit.Findings> audits = new LinkedBlockingQueue<>();
    final Claims claims = new Claims("/here");
    final NodeFigures figures = new NodeFigures();
    final Lease own = lease("10.5.1.0/24", "192.0.2.1");

    @TempDir
    Path folder;

    LogLines log;
    RouteSocket kernel;
    Overlays overlays;
    Node node;

    static Lease lease(String subnet, String at) {
        return new Lease(
                List.of(Cidr.parse(subnet)), new Announcement(Map.of(Family.IPV4, Ip.parse(at)), "host-gw", Map.of()));
    }

    @BeforeEach
    void makeNode() throws Exception {
        sh("ip link set lo up; ip link add eth0 type veth peer name far; ip addr add 192.0.2.1/24 dev eth0;"
                + " ip link set eth0 up; ip link set far up; ip route add default via 192.0.2.254");
        log = new LogLines(Node.class);
        kernel = new RouteSocket();
        Options options = Options.parse(List.of("--ip-masq"), Map.of());
        ExtensionCommands commands = new ExtensionCommands(null, board, () -> {}, () -> {});
        overlays = new Overlays(
                options,
                Names.DEFAULT,
                claims,
                kernel,
                new HostGuard(false),
                () -> WireguardIdentity.UNKNOWN,
                commands,
                Optional.empty());
        board.raise(Condition.STARTING, "starting");
        Keepers keepers = new Keepers(
                RuleKeeper.firewall(
                        Names.DEFAULT, Optional.empty(), Duration.ofSeconds(1), board, figures::firewallChanged),
                RuleKeeper.peerFilter(Names.DEFAULT, Optional.empty(), board, figures::firewallChanged),
                new ForeignRuleWatch(board),
                new SubnetFileKeeper(
                        folder.resolve("subnet.env"),
                        new DockerOptionsFile(null, folder.resolve("subnet.env"), board, Map.of()),
                        board,
                        () -> {}),
                new DockerNetworkKeeper("", board),
                new IpsecKeeper(folder.resolve("charon.vici"), board),
                Optional.empty(),
                commands,
                new CloudRouting(null, options, board),
                Optional.empty());
        Audit audit = new Audit(new RouteSocket(), board, audits::add);
        DataPath path = new DataPath(
                kernel, overlays.guard(), audit, figures, claims, RouteTable.MAIN, Footprint.NONE, board, _ -> {});
        node = new Node(kernel, path, options, board, figures, keepers);
    }

    @AfterEach
    void endNode() {
        node.close();
        claims.close();
        kernel.close();
        log.close();
    }

    Overlay overlay(String network) throws IOException {
        return overlays.make(NetworkConfig.parse("test", network), Map.of(), Optional.empty());
    }

    void pass(Overlay overlay, boolean leasesChanged, Lease... peers) {
        pass(overlay, Depth.FULL, leasesChanged, peers);
    }

    void pass(Overlay overlay, Depth depth, boolean leasesChanged, Lease... peers) {
        Set<Object> keys = Stream.of(peers).map(Lease::key).collect(Collectors.toSet());
        known.leases().stream()
                .map(Lease::key)
                .filter(key -> !keys.contains(key))
                .toList()
                .forEach(known::remove);
        Stream.of(peers).forEach(known::put);
        node.converge(overlay, new Node.View(own, known, 0, true, leasesChanged), depth);
    }

    /// What is said about a condition; empty if it is not raised.
    String detail(Condition condition) {
        return board.findings().stream()
                .filter(finding -> finding.condition() == condition)
                .map(Finding::detail)
                .findFirst()
                .orElse("");
    }
}

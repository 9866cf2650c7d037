package jflannel.control;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jflannel.backend.Backend;
import jflannel.backend.Tunnel;
import jflannel.firewall.FirewallConfig;
import jflannel.firewall.PeerFilterConfig;
import jflannel.firewall.Upkeep;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.Address;
import jflannel.kernel.Kernel;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Neighbor;
import jflannel.kernel.Outcome;
import jflannel.kernel.Route;
import jflannel.lease.AddressPool;
import jflannel.lease.Lease;
import jflannel.lease.LeasedSubnet;
import jflannel.lease.NetworkConfig;
import jflannel.lease.Peers;
import jflannel.lease.SubnetFile;
import jflannel.metrics.NodeFigures;
import jflannel.report.Health;
import jflannel.report.KernelLog;
import jflannel.report.LogLimit;
import jflannel.report.StatusFile;

/// This node's part of the network, and how to make it as it should be. Only the control thread uses it.
///
/// The parts are put right in this order, each on its own: if one fails the others still work, and all are tried
/// again soon. Container runtimes take subnet.env as the sign that pods may start, so it comes last.
///
///     backend        devices, addresses and the way to every peer
///     peer filter    who may send tunnel packets
///     firewall       masquerade and forward rules
///     blackhole      the route that catches packets for pods that are not there, if wanted
///     subnet file    subnet.env
public final class Node {
    /// In place of the name of an nftables table: it may have been any.
    static final String ANY_TABLE = "";

    private static final Logger LOG = System.getLogger(Node.class.getName());
    /// The safety net under the events.
    static final Duration RECHECK = Duration.ofSeconds(10);

    private static final Duration RETRY = Duration.ofSeconds(1);
    /// How many lines on changes and faults to write in ten seconds.
    private static final int LINES = 20;

    /// What a node is made of.
    ///
    /// @param masquerade hide pod addresses from the world outside
    /// @param forward accept forwarded pod traffic
    /// @param randomFully masquerade with random ports where the kernel can
    /// @param filterPeers let tunnel packets in only from other nodes
    /// @param allKnown false while there may be nodes that this one does not know
    record Parts(
            NetworkConfig network,
            Kernel kernel,
            Backend backend,
            Upkeep<FirewallConfig> firewall,
            Upkeep<Optional<PeerFilterConfig>> peerFilter,
            BlackholeRoutes blackholes,
            SubnetFile subnetFile,
            boolean masquerade,
            boolean forward,
            boolean randomFully,
            boolean filterPeers,
            BooleanSupplier allKnown) {}

    /// Who is told after each pass how the node is.
    interface Audience {
        /// @param ready pods may have their network
        /// @param why not, or what else is wrong
        void hear(boolean ready, String why);
    }

    /// A part that can be put right, or tells by an exception why not.
    private interface Part {
        void converge() throws IOException;
    }

    private final Parts parts;
    private final Health health;
    private final NodeFigures figures;
    private final StatusFile status;
    private final Runnable whenFirstReady;
    private final Audience audience;
    private final Map<String, String> faults = new HashMap<>();
    private final Map<String, String> remarks = new HashMap<>();
    private final LogLimit log = new LogLimit(LOG, LINES);
    private final KernelLog kernelLog;
    /// A lease changed, and the backend has not done all that follows from it.
    private boolean behind;
    private boolean fileWritten;
    private int mtuWritten;
    private boolean wasReady;

    /// @param whenFirstReady called once, when pods may start for the first time
    Node(
            Parts parts,
            Health health,
            NodeFigures figures,
            StatusFile status,
            Runnable whenFirstReady,
            Audience audience) {
        this.parts = parts;
        this.kernelLog = new KernelLog(log, parts.kernel);
        this.health = health;
        this.figures = figures;
        this.status = status;
        this.whenFirstReady = whenFirstReady;
        this.audience = audience;
    }

    /// Somebody changed the nftables table of that name, or [#ANY_TABLE].
    void rulesChanged(String table) {
        if (table.equals(ANY_TABLE)) {
            parts.firewall.touchedUnknown();
            parts.peerFilter.touchedUnknown();
        } else {
            parts.firewall.touched(table);
            parts.peerFilter.touched(table);
        }
    }

    /// Makes the node as it should be.
    ///
    /// @param leasesChanged true if they did since the last call, so that changes are no repairs
    /// @return how long it may be left alone
    Duration converge(Lease own, Peers peers, boolean leasesChanged) {
        long start = System.nanoTime();
        behind |= leasesChanged;
        boolean backend = attempt("backend", () -> tell(parts.backend.reconcile(own, peers), peers));
        boolean filter = attempt("peer filter", () -> keepPeerFilter(own, peers));
        boolean firewall = attempt("firewall", () -> keepFirewall(own));
        boolean blackhole = attempt("blackhole route", () -> parts.blackholes.converge(own));
        boolean file = backend && attempt("subnet file", () -> keepSubnetFile(own));
        if (file && !wasReady) {
            wasReady = true;
            LOG.log(
                    Level.INFO,
                    "ready: this node has " + own.words() + "; other nodes: "
                            + peers.leases().size());
            health.pass("start");
            whenFirstReady.run();
        }
        lookAtForwarding();
        tellStatus(file);
        figures.passed(Duration.ofNanos(System.nanoTime() - start));
        // failing rules have a pause of their own, as a tool that is missing will not be there in a second
        Duration rest = file && blackhole ? RECHECK : RETRY;
        return shorter(rest, shorter(until(parts.firewall, firewall), until(parts.peerFilter, filter)));
    }

    /// Says something of this node that is no fault of it, from now on.
    ///
    /// @param words empty to take it back
    void remark(String about, String words) {
        health.remark(about, words);
        if (words.isEmpty()) {
            remarks.remove(about);
        } else {
            remarks.put(about, words);
        }
    }

    /// @param peers how many are kept although the store has lost their leases
    void holds(int peers) {
        figures.held(peers);
        remark("peers", peers == 0 ? "" : peers + " are kept though the store has lost their leases");
    }

    private void lookAtForwarding() {
        String obstacle;
        try {
            obstacle = Forwarding.obstacle(parts.network.pools().keySet(), !parts.network.nftables());
        } catch (IOException e) {
            obstacle = e.getMessage();
        }
        if (!obstacle.equals(remarks.getOrDefault("forwarding", ""))) {
            log.log(
                    obstacle.isEmpty() ? Level.INFO : Level.WARNING,
                    obstacle.isEmpty() ? "the kernel forwards packets again" : obstacle);
            remark("forwarding", obstacle);
        }
    }

    private void tellStatus(boolean works) {
        StatusFile.State ready = remarks.isEmpty() ? StatusFile.State.READY : StatusFile.State.DEGRADED;
        String words = Stream.concat(faults.entrySet().stream(), remarks.entrySet().stream())
                .map(said -> said.getKey() + ": " + said.getValue())
                .sorted()
                .collect(Collectors.joining("; "));
        status.put(works ? ready : StatusFile.State.WAITING_FOR_KERNEL, words);
        audience.hear(works, words);
    }

    /// Makes the way to nodes that have just joined, before [#converge] looks at everything.
    void welcome(Lease own, Peers newcomers) {
        try {
            Outcome outcome = parts.backend.welcome(own, newcomers);
            if (outcome.changed()) {
                figures.welcomed(outcome.put().size());
                kernelLog.addition(outcome);
            }
        } catch (IOException | RuntimeException e) {
            LOG.log(Level.DEBUG, "newcomers have to wait for the next pass", e);
        }
    }

    private static Duration until(Upkeep<?> rules, boolean right) {
        Duration next = rules.untilNext();
        return right || next.compareTo(RETRY) > 0 ? next : RETRY;
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private void keepFirewall(Lease own) throws IOException {
        Map<Family, Cidr> subnets = subnets(own);
        Map<Family, Cidr> networks = networks();
        networks.keySet().retainAll(subnets.keySet()); // Kubernetes may give a node a part of one of two networks
        keep(parts.firewall, new FirewallConfig(networks, subnets, parts.masquerade, parts.forward, parts.randomFully));
    }

    private void keepPeerFilter(Lease own, Peers peers) throws IOException {
        Optional<Tunnel> tunnel = parts.filterPeers ? parts.backend.tunnel() : Optional.empty();
        keep(
                parts.peerFilter,
                tunnel.map(it -> new PeerFilterConfig(
                        it.port(),
                        it.vni(),
                        it.devices(),
                        networks(),
                        subnets(own),
                        it.onlyWay(),
                        addresses(peers),
                        parts.allKnown.getAsBoolean())));
    }

    private <W> void keep(Upkeep<W> rules, W wanted) throws IOException {
        if (rules.keep(wanted)) {
            figures.firewallChanged(rules.wasNews());
        }
        if (rules.fault().isPresent()) {
            throw rules.fault().get();
        }
    }

    private Map<Family, Cidr> networks() {
        return parts.network.pools().entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> entry.getValue().network()));
    }

    private static Map<Family, Cidr> subnets(Lease own) {
        return own.subnets().stream()
                .collect(Collectors.toMap(subnet -> subnet.cidr().family(), LeasedSubnet::cidr));
    }

    private static Set<Ip> addresses(Peers peers) {
        return peers.leases().stream()
                .flatMap(lease -> lease.announced().publicIps().values().stream())
                .collect(Collectors.toSet());
    }

    /// Written at every start, as Go flannel does, because readers may wait for a new file; later only if it was
    /// changed or removed.
    private void keepSubnetFile(Lease own) throws IOException {
        String text = SubnetFile.text(parts.network, own, parts.backend.mtu(), parts.masquerade);
        if (!fileWritten || !parts.subnetFile.isCurrent(text)) {
            parts.subnetFile.write(text);
            log.log(Level.INFO, "wrote the subnet file: " + text.strip().replace("\n", " "));
            if (mtuWritten != 0 && mtuWritten != parts.backend.mtu()) {
                log.log(Level.WARNING, "pods and bridges that are there keep the MTU " + mtuWritten);
            }
            mtuWritten = parts.backend.mtu();
            fileWritten = true;
        }
    }

    private boolean attempt(String name, Part part) {
        try {
            health.beat();
            part.converge();
            health.pass(name);
            if (faults.remove(name) != null) {
                log.log(Level.INFO, name + ": works again");
            }
            return true;
        } catch (IOException | RuntimeException e) {
            String fault = e.getMessage() == null ? e.toString() : e.getMessage();
            health.fail(name, fault);
            if (!fault.equals(faults.put(name, fault))) {
                log.log(Level.ERROR, name + ": " + fault + " (trying again)");
                LOG.log(Level.DEBUG, name, e);
            }
            return false;
        }
    }

    private void tell(Outcome outcome, Peers peers) throws IOException {
        boolean expected = kernelLog.pass(outcome, behind);
        figures.converged(
                outcome.put().size(),
                outcome.deleted().size(),
                outcome.lacking().size(),
                expected);
        figures.peers(peers.leases().size(), failed(peers, outcome));
        behind = false;
    }

    /// How many peers have a subnet that the backend made no sense of, or to which the kernel refused a route, or the
    /// neighbor that the route goes through.
    private int failed(Peers peers, Outcome outcome) {
        Set<Object> unreachable = new HashSet<>(parts.backend.ignored());
        for (KernelObject object : outcome.lacking()) {
            switch (object) {
                case Route route -> unreachable.add(route.destination());
                case Neighbor neighbor -> unreachable.add(neighbor.ip());
                case Address _ -> {}
            }
        }
        if (unreachable.isEmpty()) {
            return 0;
        }
        return (int) peers.leases().stream()
                .filter(lease -> unreachable.contains(lease.key())
                        || lease.cidrs().stream()
                                .anyMatch(cidr -> unreachable.contains(cidr) || unreachable.contains(cidr.address())))
                .count();
    }

    /// The pods' networks of all families.
    static Set<Cidr> networks(NetworkConfig config) {
        return config.pools().values().stream().map(AddressPool::network).collect(Collectors.toSet());
    }
}

package jflannel.control;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import jflannel.backend.Backend;
import jflannel.backend.Backends;
import jflannel.firewall.Firewall;
import jflannel.firewall.PeerFilter;
import jflannel.firewall.Upkeep;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.Interest;
import jflannel.kernel.Kernel;
import jflannel.kernel.KernelNews;
import jflannel.kernel.KernelWatch;
import jflannel.kernel.RouteSocket;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.lease.LeaseStore;
import jflannel.lease.NetworkConfig;
import jflannel.lease.SubnetFile;
import jflannel.metrics.NodeFigures;
import jflannel.metrics.PeerFilterSource;
import jflannel.metrics.StoreSource;
import jflannel.metrics.UdpSource;
import jflannel.options.OptionTypes;
import jflannel.options.Options;
import jflannel.report.Health;
import jflannel.report.MetricsServer;
import jflannel.report.StatusFile;
import jflannel.status.Board;
import jflannel.underlay.InterfaceChoice;
import jflannel.underlay.Underlay;

/// The daemon's work on one network configuration, one interface and one lease, from asking for them to the control
/// loop. It ends when its [Inputs] are others; the next session then begins with what this one knew. The kernel keeps
/// carrying packets in between, as it does when the daemon is restarted.
///
/// If the store does not answer, or gives no lease, a session begins with what is remembered instead, and goes over to
/// the store's word when it comes. It deletes nothing until then.
public final class Session {
    private static final Logger LOG = System.getLogger(Session.class.getName());
    /// How long to wait for the store's first word if there is something to begin with.
    private static final Duration IMPATIENCE = Duration.ofSeconds(1);
    /// And how long for a lease: to list those of a large cluster takes a while.
    private static final Duration LEASE_IMPATIENCE = Duration.ofSeconds(3);
    /// Between two looks at the peer filter: its table is nobody else's, and packets are lost while it is damaged.
    private static final Duration PEER_FILTER_PAUSE = Duration.ofSeconds(1);

    private final Surroundings surroundings;
    private final Options options;
    private final SubnetFile subnetFile;
    private final KnownPeers peers;
    private final Heritage heritage;
    private Optional<LastKnown> remembered = Optional.empty();
    /// What is to be removed once this session carries the packets; empty when that is done.
    private Optional<Remains> left;

    /// What a session leaves to the next.
    ///
    /// @param last what it knew
    /// @param live true if it was a session of this process, so that the lease in `last` is this node's for sure
    /// @param left in the kernel by it and those before it
    public record Heritage(Optional<LastKnown> last, boolean live, Remains left) {}

    /// What stays as it is from session to session.
    ///
    /// @param whenReady called when pods may start
    /// @param stores makes the store; each session has its own
    /// @param compiler of the machine code that carries packets, if this process does
    public record Surroundings(
            Options options,
            Health health,
            MetricsServer metrics,
            NodeFigures figures,
            StatusFile status,
            Runnable whenReady,
            StateFile stateFile,
            Supplier<LeaseStore> stores,
            Compiler compiler) {}

    public Session(Surroundings surroundings, Heritage heritage) {
        this.surroundings = surroundings;
        this.options = surroundings.options();
        this.subnetFile = new SubnetFile(options.node.subnetFile);
        this.peers = new KnownPeers(options.node.peerGrace);
        this.heritage = heritage;
        this.left = Optional.of(heritage.left());
    }

    /// Runs until something it is made of has changed, or its thread is interrupted.
    public Heritage run() throws IOException, InterruptedException {
        Credentials credentials = Credentials.of(options.etcd);
        try (LeaseStore store = surroundings.stores().get();
                Enrolment enrolment = new Enrolment(store, surroundings.status());
                Kernel kernel = new CautiousKernel(
                        new RouteSocket(),
                        () -> peers.areConfirmed() || remembered.isEmpty(),
                        surroundings.figures()::deviceChanged)) {
            remembered = heritage.last().filter(last -> isOf(store, last));
            Future<Enrolment.Terms> asked = enrolment.terms();
            boolean silent = remembered.isPresent() && !Enrolment.isAnswered(asked, IMPATIENCE);
            Optional<Prepared> early = silent ? fromMemory(kernel) : Optional.empty();
            Prepared parts = early.isPresent() ? early.get() : prepare(Enrolment.answer(asked), kernel);
            Inputs inputs = new Inputs(
                    parts.network(),
                    parts.underlay(),
                    parts.wish(),
                    credentials,
                    kernel,
                    options,
                    () -> surroundings.stores().get().close());
            try (Backend _ = parts.backend()) {
                return work(parts, inputs, early.isPresent(), enrolment, store, kernel);
            }
        }
    }

    /// What must be had before a lease can be asked for.
    ///
    /// @param publicIps as the store's terms had them
    /// @param wish by which the underlay was chosen
    private record Prepared(
            NetworkConfig network,
            Map<Family, Ip> publicIps,
            Options.Interface wish,
            Underlay underlay,
            Backend backend,
            Announcement mine) {}

    private Prepared prepare(Enrolment.Terms terms, Kernel kernel) throws IOException {
        NetworkConfig network = terms.network();
        surroundings.compiler().suit(network);
        Options.Interface wish = options.iface.withPublicIps(terms.publicIps());
        Inputs.requireRules(network, options);
        surroundings.status().put(StatusFile.State.WAITING_FOR_INTERFACE, "");
        Underlay underlay =
                InterfaceChoice.from(kernel).choose(wish, network.pools().keySet());
        LOG.log(Level.INFO, "the way to other nodes: " + underlay.words());
        Backend backend = Backends.create(network, underlay, kernel, terms.before());
        try {
            return new Prepared(network, terms.publicIps(), wish, underlay, backend, backend.announce());
        } catch (IOException | RuntimeException e) {
            backend.close();
            throw e;
        }
    }

    private void show(LeaseStore store, Backend backend, NetworkConfig network) {
        MetricsServer metrics = surroundings.metrics();
        metrics.show(new StoreSource(store.figures()));
        metrics.show(surroundings.figures());
        metrics.show(new UdpSource(backend::counters));
        if (filtersPeers(network)) {
            metrics.show(new PeerFilterSource(PeerFilter::dropped));
        }
    }

    private boolean filtersPeers(NetworkConfig network) {
        return network.nftables() && options.firewall.peerFilter != OptionTypes.PeerFilterMode.OFF;
    }

    /// The parts as they were, if this node still is at the same address.
    private Optional<Prepared> fromMemory(Kernel kernel) throws IOException {
        LastKnown last = remembered.orElseThrow();
        Prepared parts;
        try {
            parts = prepare(
                    new Enrolment.Terms(
                            last.network(),
                            last.publicIps(),
                            Optional.of(last.own().announced())),
                    kernel);
        } catch (IOException | RuntimeException e) {
            LOG.log(Level.WARNING, "the store does not answer, and what is remembered is of no use: " + e.getMessage());
            return Optional.empty();
        }
        if (last.suits(parts.network(), parts.mine())) {
            return Optional.of(parts);
        }
        parts.backend().close();
        LOG.log(
                Level.WARNING,
                "the store does not answer, and what is remembered is of no use: this node had "
                        + last.own().words()
                        + " at " + last.own().announced().publicIps().values() + ", and is at "
                        + parts.mine().publicIps().values() + " in " + Node.networks(last.network()));
        return Optional.empty();
    }

    /// Those that may still be there under this configuration.
    private static List<Lease> within(NetworkConfig network, Set<Lease> leases) {
        return leases.stream().filter(lease -> isWithin(network, lease)).toList();
    }

    private static boolean isWithin(NetworkConfig network, Lease lease) {
        return lease.cidrs().stream()
                .allMatch(cidr -> network.pool(cidr.family())
                        .filter(pool -> pool.couldHold(cidr))
                        .isPresent());
    }

    private static boolean isOf(LeaseStore store, LastKnown last) {
        if (!last.store().equals(store.toString())) {
            LOG.log(Level.INFO, "what is remembered is of no use: it is from " + last.store() + ", not " + store);
            return false;
        }
        return true;
    }

    private Heritage work(
            Prepared parts, Inputs inputs, boolean silent, Enrolment enrolment, LeaseStore store, Kernel kernel)
            throws IOException, InterruptedException {
        NetworkConfig network = parts.network();
        Backend backend = parts.backend();
        if (!heritage.live() && remembered.isPresent()) {
            left = Optional.of(Remains.of(remembered.get().network(), parts.underlay(), kernel));
        }
        Optional<Lease> leased = silent ? Optional.empty() : enrol(enrolment, store, parts);
        boolean early = leased.isEmpty();
        Lease own = leased.orElseGet(() -> remembered.orElseThrow().own());
        remembered.ifPresent(
                last -> peers.remember(within(network, last.peers()), within(network, last.held()), early));
        surroundings.health().takeBackRemarks();
        Node node = new Node(
                nodeParts(network, backend, kernel),
                surroundings.health(),
                surroundings.figures(),
                surroundings.status(),
                surroundings.whenReady(),
                store::report);
        show(store, backend, network);
        ControlLoop loop =
                new ControlLoop(node, surroundings.health(), own, peers, listener(parts, node, inputs, store, kernel));
        Interest interest = new Interest(
                backend.devices(),
                Set.of(parts.underlay().device()),
                Node.networks(network),
                Set.of(PeerFilter.table()));
        try (KernelWatch _ = new KernelWatch(interest, new Board(), news -> loop.post(trigger(news)));
                FileWatch _ = new FileWatch(options.node.subnetFile, () -> loop.post(new Trigger.NodeChanged()))) {
            if (early) {
                beginWithoutStore(node, own, silent ? "the store does not answer" : "the store gives no lease");
                enrolment.later(network, parts.mine(), own, loop::post);
            } else {
                store.watch(own, event -> loop.post(new Trigger.LeasesChanged(event)));
            }
            LOG.log(Level.INFO, "beginning anew: " + loop.run());
            surroundings.health().rest();
            Optional<LastKnown> last = Optional.of(lastKnown(store, inputs.network(), parts.publicIps(), loop.own()));
            return new Heritage(last, true, left.orElse(Remains.NONE).and(Remains.of(network, backend)));
        }
    }

    private static Trigger trigger(KernelNews news) {
        return switch (news) {
            case KernelNews.TableChanged(String name) -> new Trigger.RulesChanged(name);
            case KernelNews.Everything() -> new Trigger.RulesChanged(Node.ANY_TABLE);
            default -> new Trigger.NodeChanged();
        };
    }

    /// This node's lease; empty if that takes too long and what is remembered will do.
    private Optional<Lease> enrol(Enrolment enrolment, LeaseStore store, Prepared parts)
            throws IOException, InterruptedException {
        Optional<Lease> before = remembered.filter(_ -> heritage.live()).map(LastKnown::own);
        before.ifPresent(store::formerly);
        Future<Lease> asked = enrolment.lease(parts.network(), parts.mine(), previous());
        if (remembered.filter(last -> last.suits(parts.network(), parts.mine())).isPresent()
                && !Enrolment.isAnswered(asked, LEASE_IMPATIENCE)) {
            asked.cancel(true);
            return Optional.empty();
        }
        Lease own = Enrolment.answer(asked);
        if (before.isPresent() && !before.get().cidrs().equals(own.cidrs())) {
            LOG.log(
                    Level.WARNING,
                    "this node moves from " + before.get().words() + " to " + own.words()
                            + ": its pods keep addresses that lead nowhere until they are made anew");
        }
        return Optional.of(own);
    }

    private void beginWithoutStore(Node node, Lease own, String why) {
        String words = why + "; this node goes on with what it remembers";
        LOG.log(
                Level.WARNING,
                words + ": its lease of " + own.words() + " and "
                        + peers.peers().leases().size() + " other nodes");
        node.remark("store", words);
    }

    private List<Cidr> previous() {
        return remembered.map(last -> last.own().cidrs()).orElseGet(subnetFile::previousSubnets);
    }

    private LastKnown lastKnown(LeaseStore store, NetworkConfig network, Map<Family, Ip> publicIps, Lease own) {
        return new LastKnown(store.toString(), network, publicIps, own, peers.named(), peers.held());
    }

    private ControlLoop.Listener listener(Prepared parts, Node node, Inputs inputs, LeaseStore store, Kernel kernel) {
        return new ControlLoop.Listener() {
            @Override
            public void known(Lease own, KnownPeers peers) {
                left.ifPresent(former -> former.remove(
                        kernel, Remains.of(parts.network(), parts.backend()), options.node.blackholeRoute));
                left = Optional.empty();
                surroundings.stateFile().keep(lastKnown(store, parts.network(), parts.publicIps(), own));
            }

            @Override
            public String outdated() {
                String change = inputs.change();
                node.remark("interface", inputs.lack());
                // a file, unlike a key of etcd's, does not tell that it was changed
                return change.isEmpty() && options.kube.subnetManager ? inputs.change(store::networkConfig) : change;
            }

            @Override
            public String outdatedBy(NetworkConfig network) {
                return inputs.change(() -> network);
            }
        };
    }

    private Node.Parts nodeParts(NetworkConfig network, Backend backend, Kernel kernel) {
        Firewall firewall = network.nftables() ? Firewall.nftables() : Firewall.iptables();
        return new Node.Parts(
                network,
                kernel,
                backend,
                new Upkeep<>(firewall, options.firewall.resync, true),
                new Upkeep<>(new PeerFilter(), PEER_FILTER_PAUSE, true),
                new BlackholeRoutes(kernel, options.node.blackholeRoute),
                subnetFile,
                options.firewall.masquerade,
                options.firewall.forward,
                !options.firewall.plainPorts,
                filtersPeers(network),
                peers::areConfirmed);
    }
}

package jflannel.daemon;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import jflannel.backend.Backend;
import jflannel.backend.Backends;
import jflannel.backend.Underlay;
import jflannel.firewall.BridgeNetfilter;
import jflannel.firewall.Firewall;
import jflannel.firewall.Upkeep;
import jflannel.ip.Cidr;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.lease.LeaseStore;
import jflannel.lease.NetworkConfig;
import jflannel.lease.SubnetFile;
import jflannel.netlink.Interest;
import jflannel.netlink.Kernel;
import jflannel.netlink.KernelWatch;
import jflannel.netlink.RouteSocket;

/// The daemon's work on one network configuration, one interface and one lease, from asking for them to the control
/// loop. It ends when one of them is another; the next session then begins with what this one knew. The kernel keeps
/// carrying packets in between, as it does when the daemon is restarted.
///
/// If the store does not answer, a session begins with what is remembered instead, and goes over to the store's word
/// when it comes. It deletes nothing until then.
final class Session {
    private static final Logger LOG = System.getLogger(Session.class.getName());
    /// How long to wait for the store if there is something to begin with.
    private static final Duration IMPATIENCE = Duration.ofSeconds(1);

    private final Options options;
    private final Health health;
    private final StatusFile status;
    private final Runnable whenReady;
    private final StateFile stateFile;
    private final SubnetFile subnetFile;
    private final KnownPeers peers;
    private Optional<LastKnown> remembered;

    /// @param remembered from the session before this one, or the daemon before
    Session(
            Options options,
            Health health,
            StatusFile status,
            Runnable whenReady,
            StateFile stateFile,
            Optional<LastKnown> remembered) {
        this.options = options;
        this.health = health;
        this.status = status;
        this.whenReady = whenReady;
        this.stateFile = stateFile;
        this.subnetFile = new SubnetFile(options.node.subnetFile);
        this.peers = new KnownPeers(options.node.peerGrace);
        this.remembered = remembered;
    }

    /// Runs until something it is made of has changed, or its thread is interrupted.
    ///
    /// @return what the next session is to remember
    Optional<LastKnown> run(LeaseStore store) throws IOException, InterruptedException {
        remembered = remembered.filter(last -> isOf(store, last));
        try (Enrolment enrolment = new Enrolment(store, status);
                Kernel kernel =
                        new CautiousKernel(new RouteSocket(), () -> peers.areConfirmed() || remembered.isEmpty())) {
            Future<NetworkConfig> asked = enrolment.network();
            Optional<Prepared> early = isAnswered(asked) ? Optional.empty() : fromMemory(kernel);
            Prepared parts = early.isPresent() ? early.get() : prepare(Enrolment.answer(asked), kernel);
            try (Backend backend = parts.backend()) {
                return work(parts, backend, early.isPresent(), enrolment, store, kernel);
            }
        }
    }

    /// What must be had before a lease can be asked for.
    private record Prepared(NetworkConfig network, Underlay underlay, Backend backend, Announcement mine) {}

    private Prepared prepare(NetworkConfig network, Kernel kernel) throws IOException {
        if (!network.nftables()) {
            BridgeNetfilter.require(network.pools().keySet());
        }
        status.put(StatusFile.State.WAITING_FOR_INTERFACE, "");
        Underlay underlay = InterfaceChoice.from(kernel)
                .choose(options.iface, network.pools().keySet());
        LOG.log(Level.INFO, "the way to other nodes: " + underlay.words());
        Backend backend = Backends.create(network, underlay, kernel);
        try {
            return new Prepared(network, underlay, backend, backend.announce());
        } catch (IOException | RuntimeException e) {
            backend.close();
            throw e;
        }
    }

    /// Waits a moment for the store if there is something to begin with without it, else for as long as it takes.
    private boolean isAnswered(Future<NetworkConfig> asked) throws IOException, InterruptedException {
        if (remembered.isEmpty()) {
            Enrolment.answer(asked);
        } else {
            try {
                asked.get(IMPATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                return false;
            } catch (java.util.concurrent.ExecutionException e) {
                // told by whoever takes the answer
            }
        }
        return true;
    }

    /// The parts as they were, if this node still is at the same address.
    private Optional<Prepared> fromMemory(Kernel kernel) throws IOException {
        LastKnown last = remembered.orElseThrow();
        Prepared parts;
        try {
            parts = prepare(last.network(), kernel);
        } catch (IOException | RuntimeException e) {
            LOG.log(Level.WARNING, "the store does not answer, and what is remembered is of no use: " + e.getMessage());
            return Optional.empty();
        }
        if (parts.mine().publicIps().equals(last.own().announced().publicIps())
                && parts.mine().backendType().equals(last.own().announced().backendType())) {
            return Optional.of(parts);
        }
        parts.backend().close();
        LOG.log(
                Level.WARNING,
                "the store does not answer, and what is remembered is of no use: this node was at "
                        + last.own().announced().publicIps().values() + " and is at "
                        + parts.mine().publicIps().values());
        return Optional.empty();
    }

    private static boolean isOf(LeaseStore store, LastKnown last) {
        if (!last.store().equals(store.toString())) {
            LOG.log(Level.INFO, "what is remembered is of no use: it is from " + last.store() + ", not " + store);
            return false;
        }
        return true;
    }

    private Optional<LastKnown> work(
            Prepared parts, Backend backend, boolean early, Enrolment enrolment, LeaseStore store, Kernel kernel)
            throws IOException, InterruptedException {
        NetworkConfig network = parts.network();
        remembered
                .filter(last -> Node.networks(last.network()).equals(Node.networks(network)))
                .ifPresent(last -> peers.remember(last.peers(), last.held(), early));
        Lease own = early
                ? remembered.orElseThrow().own()
                : Enrolment.answer(enrolment.lease(network, parts.mine(), previous()));
        Node node = new Node(nodeParts(network, backend, kernel), health, status, whenReady);
        ControlLoop loop = new ControlLoop(node, own, peers, listener(network, store));
        Interest interest =
                new Interest(backend.devices(), Set.of(parts.underlay().device()), Node.networks(network));
        try (KernelWatch _ = new KernelWatch(
                        interest,
                        () -> loop.post(new Trigger.NodeChanged()),
                        table -> loop.post(new Trigger.RulesChanged(table)));
                FileWatch _ = new FileWatch(options.node.subnetFile, () -> loop.post(new Trigger.NodeChanged()))) {
            if (early) {
                beginWithoutStore(node, own);
                enrolment.later(network, parts.mine(), own, loop);
            } else {
                store.watch(own, event -> loop.post(new Trigger.LeasesChanged(event)));
            }
            LOG.log(Level.INFO, "beginning anew: " + loop.run());
            return Optional.of(lastKnown(store, network, loop.own()));
        }
    }

    private void beginWithoutStore(Node node, Lease own) {
        String words = "the store does not answer; this node goes on with what it remembers";
        LOG.log(
                Level.WARNING,
                words + ": its lease of " + own.words() + " and "
                        + peers.peers().leases().size() + " other nodes");
        node.remark("store", words);
    }

    private List<Cidr> previous() {
        return remembered.map(last -> last.own().cidrs()).orElseGet(subnetFile::previousSubnets);
    }

    private LastKnown lastKnown(LeaseStore store, NetworkConfig network, Lease own) {
        return new LastKnown(store.toString(), network, own, peers.named(), peers.held());
    }

    private ControlLoop.Listener listener(NetworkConfig network, LeaseStore store) {
        return new ControlLoop.Listener() {
            @Override
            public void known(Lease own, KnownPeers peers) {
                stateFile.keep(lastKnown(store, network, own));
            }

            @Override
            public String outdated() {
                return "";
            }
        };
    }

    private Node.Parts nodeParts(NetworkConfig network, Backend backend, Kernel kernel) {
        Firewall firewall = network.nftables() ? Firewall.nftables() : Firewall.iptables();
        return new Node.Parts(
                network,
                kernel,
                backend,
                new Upkeep(firewall, options.firewall.resync, true),
                new BlackholeRoutes(kernel, options.node.blackholeRoute),
                subnetFile,
                options.firewall.masquerade,
                options.firewall.forward,
                !options.firewall.plainPorts);
    }
}

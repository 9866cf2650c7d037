package jflannel.control;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import jflannel.lease.Lease;
import jflannel.lease.LeaseEvent;
import jflannel.lease.NetworkConfig;
import jflannel.lease.Peers;
import jflannel.report.Health;
import jflannel.report.LogLimit;

/// The one thread that decides, and the only one that changes the node. Everyone else tells it that something
/// happened; it then makes the whole node as it should be, every time. So a new peer, a restart, a route deleted by
/// hand and a lost device all take the same way:
///
/// 1. drain the inbox: a burst of 5,000 leases is one pass
/// 2. fold what the leases' events tell into `own` and `peers`
/// 3. [Node#welcome]: the way to nodes that are new, which need not wait for the rest
/// 4. [Node#converge]: backend, firewall, subnet.env, readiness
public final class ControlLoop {
    private static final Logger LOG = System.getLogger(ControlLoop.class.getName());
    /// How long to let a burst of the kernel's news end, so that one flush of a table is one pass.
    private static final Duration SETTLE = Duration.ofMillis(20);
    /// So many passes may follow each other in a second; then it settles longer. Else another program that undoes
    /// what is repaired would keep both busy.
    private static final int FREE_PASSES = 10;

    private static final Duration SETTLE_LONGER = Duration.ofMillis(200);
    private static final int LINES = 40;

    private final BlockingQueue<Trigger> inbox = new LinkedBlockingQueue<>();
    private final Node node;
    private final KnownPeers peers;
    private final Listener listener;
    private final LogLimit leaseLog = new LogLimit(LOG, LINES);
    private final Deque<Long> passes = new ArrayDeque<>();
    private final Health health;
    private Lease own;
    private final IdleMemory thrift = new IdleMemory();

    /// Whoever wants to know what the loop knows.
    interface Listener {
        /// After a pass in which the leases had changed and the store had told of all of them.
        void known(Lease own, KnownPeers peers);

        /// Before a pass because of the kernel's news, or of the time.
        ///
        /// @return why the loop must end; empty if it need not
        String outdated();

        /// When the network configuration was changed.
        ///
        /// @return why the loop must end; empty if it need not
        String outdatedBy(NetworkConfig network);
    }

    /// @param health is told at each turn that the loop is alive
    /// @param own the lease that this node holds
    /// @param peers what is known of the others
    ControlLoop(Node node, Health health, Lease own, KnownPeers peers, Listener listener) {
        this.node = node;
        this.health = health;
        this.own = own;
        this.peers = peers;
        this.listener = listener;
    }

    /// Any thread may call this.
    void post(Trigger trigger) {
        inbox.add(trigger);
    }

    /// Runs until the [Listener] says that it is outdated, or its thread is interrupted. Touches nothing before
    /// the store's first event, which tells of all peers, unless they are remembered: to act on an empty view
    /// would tear down routes that carry traffic since before a restart.
    ///
    /// @return why it ended
    String run() throws InterruptedException {
        Duration patience = peers.areKnown() ? Duration.ZERO : Node.RECHECK;
        while (true) {
            List<LeaseEvent> events = new ArrayList<>();
            String outdated = "";
            List<Trigger> batch = nextBatch(patience);
            for (Trigger trigger : batch) {
                switch (trigger) {
                    case Trigger.LeasesChanged(LeaseEvent.Reconfigured(NetworkConfig network)) ->
                        outdated = listener.outdatedBy(network);
                    case Trigger.LeasesChanged(LeaseEvent event) -> events.add(event);
                    case Trigger.Enrolled(Lease lease) -> events.add(enrolled(lease));
                    case Trigger.RulesChanged(String table) -> node.rulesChanged(table);
                    case Trigger.NodeChanged() -> {}
                }
            }
            health.beat();
            boolean leasesChanged = !events.isEmpty();
            if (outdated.isEmpty() && !leasesChanged) {
                outdated = listener.outdated();
            }
            apply(events);
            if (!outdated.isEmpty()) {
                return outdated;
            }
            if (peers.areKnown()) {
                patience = pass(leasesChanged);
            }
            if (batch.isEmpty()) {
                thrift.rest();
            }
        }
    }

    Lease own() {
        return own;
    }

    private Duration pass(boolean leasesChanged) {
        Peers now = peers.peers();
        node.holds(peers.held().size());
        Duration patience = node.converge(own, now, leasesChanged);
        if (leasesChanged && peers.areConfirmed()) {
            listener.known(own, peers);
        }
        Duration untilEndOfGrace = peers.untilNext();
        return untilEndOfGrace.compareTo(patience) < 0 ? untilEndOfGrace : patience;
    }

    private List<Trigger> nextBatch(Duration patience) throws InterruptedException {
        List<Trigger> batch = new ArrayList<>();
        Trigger first = inbox.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
        if (first != null) {
            batch.add(first);
            if (isHasty()) {
                Thread.sleep(SETTLE_LONGER);
            } else if (!isUrgent(first)) {
                Thread.sleep(SETTLE);
            }
            inbox.drainTo(batch);
        }
        return batch;
    }

    /// A new way is wanted at once. An end is not: whether it is one of many shows a moment later.
    private static boolean isUrgent(Trigger first) {
        return first instanceof Trigger.LeasesChanged(LeaseEvent event) && !(event instanceof LeaseEvent.Removed);
    }

    /// True if the last passes came fast one after another. Counts this one.
    private boolean isHasty() {
        long now = System.nanoTime();
        passes.addLast(now);
        return passes.size() > FREE_PASSES
                && now - passes.removeFirst() < Duration.ofSeconds(1).toNanos();
    }

    /// This node's lease as the store has it, as an event.
    private LeaseEvent enrolled(Lease lease) {
        LOG.log(
                lease.cidrs().equals(own.cidrs()) ? Level.INFO : Level.WARNING,
                lease.cidrs().equals(own.cidrs())
                        ? "the store answers, and this node still leases " + own.words()
                        : "the store answers, and " + own.words() + " was given away meanwhile");
        node.remark("store", "");
        return new LeaseEvent.Moved(lease);
    }

    private void apply(List<LeaseEvent> events) {
        events.forEach(this::tell);
        List<Lease> newcomers = peers.areConfirmed()
                ? events.stream()
                        .filter(LeaseEvent.Put.class::isInstance)
                        .map(event -> ((LeaseEvent.Put) event).lease())
                        .filter(lease -> !peers.know(lease))
                        .toList()
                : List.of();
        events.forEach(peers::take);
        if (!newcomers.isEmpty()) {
            node.welcome(own, Peers.of(newcomers));
        }
    }

    private void tell(LeaseEvent event) {
        switch (event) {
            case LeaseEvent.Put(Lease lease) ->
                leaseLog.log(
                        Level.INFO,
                        lease.words() + " is at " + lease.subnets().getFirst().publicIp());
            case LeaseEvent.Removed(Lease lease) -> leaseLog.log(Level.INFO, lease.words() + " is gone");
            case LeaseEvent.Expired(Lease lease) -> leaseLog.log(Level.WARNING, lease.words() + " was not renewed");
            case LeaseEvent.Resync(var all, boolean trusted) ->
                LOG.log(
                        Level.INFO,
                        "the store tells of all other nodes: " + all.size()
                                + (trusted
                                        ? ""
                                        : "; it did not know this one, or is from a backup, so it may have forgotten others"));
            case LeaseEvent.Reconfigured _ -> {}
            case LeaseEvent.Moved(Lease lease) -> {
                if (!lease.cidrs().equals(own.cidrs())) {
                    LOG.log(
                            Level.WARNING,
                            "this node moves from " + own.words() + " to " + lease.words()
                                    + ": its pods keep addresses that lead nowhere until they are made anew");
                }
                own = lease;
            }
        }
    }
}

package jflannel.daemon;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import jflannel.lease.Lease;
import jflannel.lease.LeaseEvent;
import jflannel.lease.Peers;

/// The one thread that decides, and the only one that changes the node. Everyone else tells it that something happened;
/// it then makes the whole node as it should be, every time. So a new peer, a restart, a route deleted by hand and a
/// lost device all take the same way:
///
/// 1. drain the inbox: a burst of 5,000 leases is one pass
/// 2. fold what the leases' events tell into `own` and `peers`
/// 3. [Node#welcome]: the way to nodes that are new, which need not wait for the rest
/// 4. [Node#converge]: backend, firewall, subnet.env, readiness
final class ControlLoop {
    private static final Logger LOG = System.getLogger(ControlLoop.class.getName());
    /// How long to let a burst of the kernel's news end, so that one flush of a table is one pass.
    private static final Duration SETTLE = Duration.ofMillis(20);

    private final BlockingQueue<Trigger> inbox = new LinkedBlockingQueue<>();
    private final Node node;
    private final Health health;
    private Lease own;
    private Peers peers;
    private boolean memoryToGiveBack;

    /// @param health is told at each turn that the loop is alive
    /// @param own the lease that this node holds
    ControlLoop(Node node, Health health, Lease own) {
        this.node = node;
        this.health = health;
        this.own = own;
    }

    /// Any thread may call this.
    void post(Trigger trigger) {
        inbox.add(trigger);
    }

    /// Runs until its thread is interrupted. Touches nothing before the store's first event, which tells of all peers:
    /// acting on an empty view would tear down routes that carry traffic since before a restart.
    void run() throws InterruptedException {
        Duration patience = Node.RECHECK;
        while (true) {
            List<LeaseEvent> events = new ArrayList<>();
            List<Trigger> batch = nextBatch(patience);
            for (Trigger trigger : batch) {
                switch (trigger) {
                    case Trigger.LeasesChanged(LeaseEvent event) -> events.add(event);
                    case Trigger.RulesChanged(String table) -> node.rulesChanged(table);
                    case Trigger.NodeChanged() -> {}
                }
            }
            health.beat();
            apply(events);
            giveBackMemory(batch.isEmpty(), !events.isEmpty());
            if (peers != null) {
                patience = node.converge(own, peers, !events.isEmpty());
            }
        }
    }

    /// A look at everybody's lease takes several times the memory of knowing them. Once it is quiet the collector is
    /// asked
    /// to return that to the system, which it does not do by itself.
    private void giveBackMemory(boolean quiet, boolean looked) {
        if (quiet && memoryToGiveBack) {
            System.gc();
        }
        memoryToGiveBack = looked || memoryToGiveBack && !quiet;
    }

    private List<Trigger> nextBatch(Duration patience) throws InterruptedException {
        List<Trigger> batch = new ArrayList<>();
        Trigger first = inbox.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
        if (first != null) {
            batch.add(first);
            if (!(first instanceof Trigger.LeasesChanged)) {
                Thread.sleep(SETTLE);
            }
            inbox.drainTo(batch);
        }
        return batch;
    }

    private void apply(List<LeaseEvent> events) {
        events.forEach(this::tell);
        Peers before = peers;
        if (before == null && events.stream().noneMatch(LeaseEvent.Resync.class::isInstance)) {
            return;
        }
        peers = (before == null ? Peers.NONE : before).after(events);
        if (before != null) {
            Peers newcomers = Peers.NONE.after(events.stream()
                    .filter(event -> event instanceof LeaseEvent.Put(Lease lease) && !before.hold(lease))
                    .toList());
            if (!newcomers.leases().isEmpty()) {
                node.welcome(own, newcomers);
            }
        }
    }

    private void tell(LeaseEvent event) {
        switch (event) {
            case LeaseEvent.Put(Lease lease) ->
                LOG.log(
                        Level.INFO,
                        lease.words() + " is at " + lease.subnets().getFirst().publicIp());
            case LeaseEvent.Removed(Lease lease) -> LOG.log(Level.INFO, lease.words() + " is gone");
            case LeaseEvent.Resync(var all) -> LOG.log(Level.INFO, "the store tells of all other nodes: " + all.size());
            case LeaseEvent.Moved(Lease lease) -> {
                LOG.log(Level.WARNING, "this node moves from " + own.words() + " to " + lease.words());
                own = lease;
            }
        }
    }
}

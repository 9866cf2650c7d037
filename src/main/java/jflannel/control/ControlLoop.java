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
import java.util.function.Consumer;
import jflannel.backend.Backends;
import jflannel.lease.Lease;
import jflannel.lease.LeaseEvent;
import jflannel.lease.NetworkConfig;
import jflannel.lease.Peers;
import jflannel.report.ConditionLog;
import jflannel.report.Health;
import jflannel.report.LogLimit;

/// The one thread that decides, and the only one that programs the kernel. Everyone else posts to its inbox that
/// something happened; it then makes the whole node as it should be, every time. So a new peer, a restart, a route
/// deleted
/// by hand and a lost device all take the same path:
///
/// 1. drain the inbox: a burst of 5,000 leases is one pass
/// 2. fold the lease events into `peers`, and let the [Succession] follow the configuration and the interface
/// 3. [Node#welcome]: reach nodes that are new, which need not wait for the rest
/// 4. [Node#converge]: make the kernel match, and let the keepers know what is wanted of them
///
/// It never waits for a process, a disk or an answer over HTTP.
final class ControlLoop {
    private static final Logger LOG = System.getLogger(ControlLoop.class.getName());
    /// How long to let a burst of the kernel's news end, so that one flush of a table is one pass.
    private static final Duration SETTLE = Duration.ofMillis(20);
    /// So many passes may follow each other in a second; then it settles longer. Else another program that undoes
    /// what is repaired would keep both busy.
    private static final int FREE_PASSES = 10;

    private static final Duration SETTLE_LONGER = Duration.ofMillis(200);
    private static final int LINES = 40;

    private final BlockingQueue<Trigger> inbox = new LinkedBlockingQueue<>();
    private final LogLimit leaseLog = new LogLimit(LOG, LINES);
    private final Deque<Long> passes = new ArrayDeque<>();
    private final IdleMemory memory = new IdleMemory();
    private final Health health;
    private final ConditionLog conditionLog;

    /// @param health is beaten at each turn
    /// @param conditionLog is reminded at each turn of what it holds back
    ControlLoop(Health health, ConditionLog conditionLog) {
        this.health = health;
        this.conditionLog = conditionLog;
    }

    /// What the loop works on.
    ///
    /// @param link whose events count
    /// @param onOverlay called with the overlay before its first pass, and with each successor
    /// @param onKnown called after each pass in which the leases had changed and the store had named all of them
    record Work(
            Node node,
            Succession succession,
            StoreLink link,
            KnownPeers peers,
            Consumer<Overlay> onOverlay,
            Runnable onKnown) {}

    /// Any thread may call this.
    void post(Trigger trigger) {
        inbox.add(trigger);
    }

    /// Runs until its thread is interrupted. Touches nothing before the store's first event, which names all peers,
    /// unless they are remembered: to act on an empty view would tear down routes that carry traffic since before a
    /// restart.
    void run(Work work) throws InterruptedException {
        Overlay known = work.succession.current();
        Duration patience = work.peers.areKnown() ? Duration.ZERO : Node.RECHECK;
        while (true) {
            List<Trigger> batch = nextBatch(patience);
            health.beat();
            conditionLog.flush();
            int link = work.link.number();
            boolean leasesChanged = take(batch, work);
            if (work.link.number() != link) {
                work.peers.doubt();
            }
            if (!work.succession.current().equals(known)) {
                known = work.succession.current();
                leasesChanged = true; // what follows is no repair
                work.peers.retain(known::isWithin);
                work.onOverlay.accept(known);
            }
            if (work.peers.areKnown()) {
                patience = pass(work, leasesChanged);
            }
            if (batch.isEmpty() && !Backends.movesPackets(known.network())) {
                memory.rest();
            }
        }
    }

    /// @return true if leases have changed
    private boolean take(List<Trigger> batch, Work work) throws InterruptedException {
        List<LeaseEvent> events = new ArrayList<>();
        boolean look = batch.isEmpty();
        for (Trigger trigger : batch) {
            switch (trigger) {
                case Trigger.LeasesChanged(int link, LeaseEvent event)
                when link == work.link.number() -> {
                    if (event instanceof LeaseEvent.Reconfigured(NetworkConfig network)) {
                        work.succession.reconfigured(network);
                    } else {
                        events.add(event);
                    }
                }
                case Trigger.Enrolled(int link, Lease lease)
                when link == work.link.number() -> events.add(new LeaseEvent.Moved(work.succession.enrolled(lease)));
                case Trigger.CredentialsReplaced() -> {
                    LOG.log(Level.INFO, "the certificates for the store were replaced: connecting again");
                    Overlay overlay = work.succession.current();
                    work.link.renew(overlay.network(), overlay.backend().announcement(), work.succession.own());
                }
                case Trigger.Reconfigured(NetworkConfig network) -> work.succession.reconfigured(network);
                case Trigger.KernelChanged() -> look = true;
                case Trigger.SubnetFileWritten() -> {}
                case Trigger.LeasesChanged _, Trigger.Enrolled _ -> {} // by a link that was replaced
            }
        }
        if (look) {
            work.succession.look();
        }
        apply(events, work);
        return !events.isEmpty();
    }

    private Duration pass(Work work, boolean leasesChanged) {
        KnownPeers peers = work.peers;
        Peers now = peers.peers();
        Node.View view =
                new Node.View(work.succession.own(), now, peers.held().size(), peers.areConfirmed(), leasesChanged);
        Duration patience = work.node.converge(work.succession.current(), view);
        if (leasesChanged && peers.areConfirmed()) {
            work.onKnown.run();
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

    /// A new peer is wanted at once. An end is not: whether it is one of many shows a moment later.
    private static boolean isUrgent(Trigger first) {
        return first instanceof Trigger.LeasesChanged(int _, LeaseEvent event)
                && !(event instanceof LeaseEvent.Removed);
    }

    /// True if the last passes came fast one after another. Counts this one.
    private boolean isHasty() {
        long now = System.nanoTime();
        passes.addLast(now);
        return passes.size() > FREE_PASSES
                && now - passes.removeFirst() < Duration.ofSeconds(1).toNanos();
    }

    private void apply(List<LeaseEvent> events, Work work) {
        events.forEach(event -> tell(event, work.succession));
        List<Lease> newcomers = work.peers.areConfirmed()
                ? events.stream()
                        .filter(LeaseEvent.Put.class::isInstance)
                        .map(event -> ((LeaseEvent.Put) event).lease())
                        .filter(lease -> !work.peers.know(lease))
                        .toList()
                : List.of();
        events.forEach(work.peers::take);
        if (!newcomers.isEmpty()) {
            work.node.welcome(work.succession.current(), work.succession.own(), Peers.of(newcomers));
        }
    }

    private void tell(LeaseEvent event, Succession succession) {
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
                        "the store lists " + all.size() + " other nodes"
                                + (trusted
                                        ? ""
                                        : "; it did not know this one, or is from a backup, so it may have forgotten others"));
            case LeaseEvent.Reconfigured _ -> {}
            case LeaseEvent.Moved(Lease lease) -> succession.moved(lease);
        }
    }
}

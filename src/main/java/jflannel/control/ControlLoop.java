package jflannel.control;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import jflannel.kernel.KernelNews;
import jflannel.kernel.Repair;
import jflannel.lease.BackendType;
import jflannel.lease.KnownPeers;
import jflannel.lease.Lease;
import jflannel.lease.LeaseEvent;
import jflannel.lease.NetworkConfig;
import jflannel.lease.Peers;
import jflannel.report.ConditionLog;
import jflannel.report.Health;
import jflannel.work.Inbox;
import jflannel.work.LogLimit;

/// The one thread that decides, and the only one that programs the kernel. Everyone else posts to its inbox what
/// happened, and it makes the node match the desired state. So a new peer, a restart, a route deleted by hand and a
/// lost device all take the same path:
///
/// 1. Drain the inbox: a burst of 5,000 leases is one pass.
/// 2. Fold the lease events into [KnownPeers], and let [ActiveOverlay] follow the configuration and the interface.
/// 3. [Node#converge]: make the kernel match, and pass on what the keepers should do.
///
/// It never waits for a process, a disk or an HTTP answer.
final class ControlLoop {
    private static final Logger LOG = System.getLogger(ControlLoop.class.getName());
    /// How long to let a burst of kernel news settle, so that a flushed table costs one pass.
    private static final Duration SETTLE = Duration.ofMillis(20);
    /// After this many passes within a second, it lets the news settle for longer. Otherwise a program that undoes
    /// our repairs would keep both busy.
    private static final int FREE_PASSES = 10;

    private static final Duration SETTLE_LONGER = Duration.ofMillis(200);
    private static final int LINES = 40;

    /// This many pieces of kernel news may wait; more become one look at everything.
    private static final int MOST_NEWS = 1000;

    private final Inbox<Trigger> inbox = new Inbox<>(
            MOST_NEWS,
            Trigger::subject,
            Trigger.KernelChanged.class::isInstance,
            new Trigger.KernelChanged(new KernelNews.Everything()));
    private final LogLimit leaseLog = new LogLimit(LOG, LINES);
    private final Deque<Long> passes = new ArrayDeque<>();
    private final IdleMemory memory = new IdleMemory();
    private final Health health;
    private final ConditionLog conditionLog;
    private long nextRecheck;

    /// @param health gets a heartbeat every turn
    /// @param conditionLog is flushed every turn
    ControlLoop(Health health, ConditionLog conditionLog) {
        this.health = health;
        this.conditionLog = conditionLog;
    }

    /// What the loop works on.
    ///
    /// @param link the connection to the store; events of earlier connections are ignored
    /// @param onOverlay called with each new overlay, before its first pass
    /// @param onKnown called after each pass with changed leases, once the store has listed all of them
    record Work(
            Node node,
            ActiveOverlay overlay,
            StoreLink link,
            KnownPeers peers,
            List<Consumer<Overlay>> onOverlay,
            Runnable onKnown) {}

    /// Any thread may call this.
    void post(Trigger trigger) {
        inbox.post(trigger);
    }

    /// Runs until its thread is interrupted. Unless peers are remembered, touches nothing before the store's first
    /// event, which lists all peers: acting on an empty view would tear down routes that carried traffic before a
    /// restart.
    void run(Work work) throws InterruptedException {
        Overlay known = work.overlay.current();
        Duration patience = work.peers.areKnown() ? Duration.ZERO : Node.RECHECK;
        boolean first = true;
        while (true) {
            List<Trigger> batch = nextBatch(patience);
            health.beat();
            conditionLog.flush();
            int link = work.link.number();
            Round round = take(batch, work);
            if (work.link.number() != link) {
                work.peers.doubt();
            }
            if (!work.overlay.current().equals(known)) {
                known = work.overlay.current();
                round.leasesChanged = true; // so that the changes do not count as repairs
                round.needs(Depth.FULL);
                work.peers.retain(known::isWithin);
                for (Consumer<Overlay> follower : work.onOverlay) {
                    follower.accept(known);
                }
            }
            boolean isFirst = first && work.peers.areKnown();
            if (isFirst) {
                round.needs(Depth.FULL);
                first = false;
            }
            if (work.peers.areKnown()) {
                patience = round.depth == null ? untilNext(work) : pass(work, round);
            }
            if (work.node.passes() > 0) {
                round.looks.forEach(look -> show(work, look));
            }
            // after the first pass too, or the audit that follows makes a heap full of what the start left even larger
            if ((isFirst || batch.isEmpty()) && !known.network().type().needs(BackendType.Need.TUN)) {
                memory.rest();
            }
        }
    }

    /// What one turn of the loop has to do.
    private static final class Round {
        final List<LeaseEvent> events = new ArrayList<>();
        final List<Repair> repairs = new ArrayList<>();
        final List<Consumer<Work>> looks = new ArrayList<>();
        boolean look;
        boolean leasesChanged;
        /// Null if no pass is needed.
        Depth depth;

        void needs(Depth least) {
            depth = depth == null || depth.compareTo(least) < 0 ? least : depth;
        }
    }

    private Round take(List<Trigger> batch, Work work) throws InterruptedException {
        Round round = new Round();
        if (batch.isEmpty()) {
            round.look = true;
            round.needs(Depth.RECHECK);
        }
        for (Trigger trigger : batch) {
            take(trigger, round, work);
        }
        if (round.look) {
            work.overlay.look();
        }
        if (!round.repairs.isEmpty() && !work.node.repair(round.repairs)) {
            round.needs(Depth.FULL);
        }
        round.events.forEach(event -> tell(event, work));
        round.events.forEach(work.peers::take);
        round.leasesChanged = !round.events.isEmpty();
        if (round.leasesChanged) {
            round.needs(Depth.UPDATE);
        }
        return round;
    }

    private void take(Trigger trigger, Round round, Work work) throws InterruptedException {
        switch (trigger) {
            case Trigger.LeasesChanged(int link, LeaseEvent event)
            when link == work.link.number() -> {
                if (event instanceof LeaseEvent.Reconfigured(NetworkConfig network)) {
                    work.overlay.reconfigured(network);
                } else {
                    round.events.add(event);
                }
            }
            case Trigger.Enrolled(int link, Lease lease)
            when link == work.link.number() -> round.events.add(new LeaseEvent.Moved(work.overlay.enrolled(lease)));
            case Trigger.CredentialsReplaced() -> {
                LOG.log(Level.INFO, "the certificates for the store were replaced, reconnecting");
                Overlay overlay = work.overlay.current();
                work.link.renew(overlay.network(), overlay.announcement(), work.overlay.own());
            }
            case Trigger.Reconfigured(NetworkConfig network) -> work.overlay.reconfigured(network);
            case Trigger.KernelChanged(KernelNews news) -> take(work.node.repairFor(news), news, round, work.node);
            case Trigger.Audited(Audit.Findings findings) -> {
                if (!work.node.repair(findings)) {
                    round.needs(Depth.FULL);
                }
            }
            case Trigger.LifelinesChanged() -> round.needs(Depth.FULL);
            case Trigger.KeyReplaced() -> work.overlay.rekeyed();
            case Trigger.CommandsAnnounced() -> work.overlay.retry();
            case Trigger.CommandsStarted() -> round.needs(Depth.UPDATE);
            case Trigger.OtherNetworkChanged() -> round.needs(Depth.UPDATE);
            case Trigger.SubnetFileWritten() -> round.needs(Depth.UPDATE);
            case Trigger.LookWanted(Object _, Consumer<Work> look) -> round.looks.add(look);
            case Trigger.LeasesChanged _, Trigger.Enrolled _ -> {} // from a connection that was replaced
        }
    }

    private static void take(Repair repair, KernelNews news, Round round, Node node) {
        switch (repair) {
            case Repair.Nothing() -> {}
            case Repair.Put _, Repair.Delete _ -> round.repairs.add(repair);
            case Repair.Audit() -> node.audit();
            case Repair.Pass() -> {
                round.look |= news instanceof KernelNews.UnderlayChanged
                        || news instanceof KernelNews.UnderlayUp
                        || news instanceof KernelNews.Everything;
                if (news instanceof KernelNews.UnderlayUp) {
                    node.underlayIsUp();
                }
                round.needs(Depth.FULL);
            }
        }
    }

    private Duration pass(Work work, Round round) throws InterruptedException {
        KnownPeers peers = work.peers;
        Peers now = peers.peers();
        Node.View view =
                new Node.View(work.overlay.own(), now, peers.held().size(), peers.areConfirmed(), round.leasesChanged);
        Duration patience = work.node.converge(work.overlay.current(), view, round.depth);
        if (round.leasesChanged && peers.areConfirmed()) {
            work.onKnown.run();
        }
        work.overlay.passed();
        nextRecheck = System.nanoTime() + patience.toNanos();
        return untilNext(work);
    }

    /// A defect of what somebody wants to see must not end this loop.
    private static void show(Work work, Consumer<Work> look) {
        try {
            look.accept(work);
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "a look at the node failed by a defect of this program: " + e);
            LOG.log(Level.DEBUG, "details of the defect", e);
        }
    }

    private Duration untilNext(Work work) {
        Duration untilRecheck = Duration.ofNanos(Math.max(0, nextRecheck - System.nanoTime()));
        Duration untilEndOfGrace = work.peers.untilNext();
        return untilEndOfGrace.compareTo(untilRecheck) < 0 ? untilEndOfGrace : untilRecheck;
    }

    private List<Trigger> nextBatch(Duration patience) throws InterruptedException {
        Optional<Trigger> first = inbox.await(patience);
        if (first.isEmpty()) {
            return List.of();
        }
        if (isHasty()) {
            Thread.sleep(SETTLE_LONGER);
        } else if (!isUrgent(first.get())) {
            Thread.sleep(SETTLE);
        }
        return inbox.drain();
    }

    /// A new peer is urgent. A removal is not: a moment later it is clear whether it is one of many.
    private static boolean isUrgent(Trigger first) {
        return first instanceof Trigger.LeasesChanged(int _, LeaseEvent event)
                && !(event instanceof LeaseEvent.Removed);
    }

    /// True if many passes came within the last second. Counts this one.
    private boolean isHasty() {
        long now = System.nanoTime();
        passes.addLast(now);
        return passes.size() > FREE_PASSES
                && now - passes.removeFirst() < Duration.ofSeconds(1).toNanos();
    }

    private void tell(LeaseEvent event, Work work) {
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
                                + (trusted || work.peers.named().isEmpty()
                                        ? ""
                                        : "; it did not know this one, or is from a backup, so it may lack others"));
            case LeaseEvent.Reconfigured _ -> {}
            case LeaseEvent.Moved(Lease lease) -> work.overlay.moved(lease);
        }
    }
}

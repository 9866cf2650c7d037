package jflannel.etcd;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import jflannel.etcd.api.Event;
import jflannel.etcd.api.WatchResponse;
import jflannel.ip.Cidr;
import jflannel.lease.Announcement;
import jflannel.lease.Contest;
import jflannel.lease.Lease;
import jflannel.lease.LeaseEvent;
import jflannel.lease.NetworkConfig;
import jflannel.lease.Outage;
import jflannel.lease.StoreFigures;
import jflannel.status.Board;
import jflannel.work.Worker;

/// Follows the leases of all nodes and keeps this node's own. One worker does both, so nothing needs a lock, and
/// events arrive one at a time:
///
/// 1. List the directory, or use the list from when the lease was taken, and report all peers as a
///    [LeaseEvent.Resync].
/// 2. Watch from that revision, and report each change.
/// 3. After each batch of changes, check this node's own key. Whatever happened to it, the answer is to acquire a
///    lease, which finds the key if it is still good, takes the same subnet again if it is free, or takes another.
/// 4. Renew this node's lease when it is due, between two messages of the watch.
/// 5. When the connection ends, reconnect and resume the watch. If the store cannot resume there, because it was
///    compacted or is another one, begin at 1.
final class LeaseWatch {
    private static final System.Logger LOG = System.getLogger(LeaseWatch.class.getName());

    /// How long a connection must last to count as the end of an outage.
    private static final Duration PROVEN = Duration.ofSeconds(2);

    private static final Duration IDLE = Duration.ofHours(1);

    /// How long to wait before writing back a value that somebody else keeps changing; the pause grows up to the
    /// longest. A second is soon enough after a mistake, and twice a minute is often enough in a fight.
    private static final Duration FIRST_REPAIR_PAUSE = Duration.ofSeconds(1);

    private static final Duration LONGEST_REPAIR_PAUSE = Duration.ofSeconds(30);
    private static final int MOST_ASKED = 3;

    private final SubnetDirectory directory;
    private final LeaseTaker taker;
    private final NetworkConfig network;
    private final long configRevision;
    private final Announcement mine;
    private final Consumer<LeaseEvent> listener;
    private final StoreFigures figures;
    private final PeerView view;
    private final Outage outage;
    private final Board board;
    private final Contest contest;
    private volatile HeldLease own; // written by the thread of this watch alone
    /// The list read to take the lease, until it is reported. In a large cluster that saves a second.
    private Listing known;
    private StorePosition position;
    private Duration repairPause = FIRST_REPAIR_PAUSE;
    private long nextRepair = System.nanoTime();
    /// For the current message: how many ended keys etcd was asked about, and its answer for the last.
    private int asked;

    private boolean lastRanOut;
    /// False until the next list is read if the store may have lost leases: it did not have this node's lease when
    /// that was acquired, or it is another store now.
    private boolean isTrusted;
    private volatile boolean closed;
    private Worker worker;

    LeaseWatch(
            SubnetDirectory directory,
            LeaseTaker taker,
            NetworkConfig network,
            long configRevision,
            LeaseTaker.Taken taken,
            Consumer<LeaseEvent> listener,
            RandomGenerator random,
            StoreFigures figures,
            Board board) {
        this.directory = directory;
        this.taker = taker;
        this.network = network;
        this.configRevision = configRevision;
        this.own = taken.own();
        this.mine = own.lease().announced();
        this.known = taken.by();
        this.isTrusted = own.found();
        this.listener = listener;
        this.figures = figures;
        this.view = new PeerView(network, mine, own.cidrs(), board);
        this.board = board;
        this.contest = new Contest(
                board,
                "another node may have this node's public address, "
                        + own.record().holder());
        this.outage = new Outage("etcd", board, random);
    }

    /// Follows the leases until [#close].
    void start() {
        worker = Worker.start("etcd-leases", board, this::turn);
    }

    private void turn() throws InterruptedException {
        try {
            follow();
        } catch (RuntimeException e) {
            position = null; // an event may have been lost
            throw e;
        } catch (IOException e) {
            if (!closed) {
                Thread.sleep(outage.failed(e));
            }
        }
    }

    /// The lease as this node holds it now. Any thread may ask.
    HeldLease own() {
        return own;
    }

    void close() {
        closed = true;
        worker.close();
        outage.close();
        contest.forget();
    }

    private void follow() throws IOException, InterruptedException {
        if (!goesOn()) {
            resync();
        }
        long connected = System.nanoTime();
        // Starts at the last known revision, whose repetition changes nothing. Started at the next one, older etcds
        // silently lose a deletion at the very revision they were compacted to (etcd-io/etcd issue 18089); started
        // at an earlier one, they report the compaction.
        try (WatchStream stream = directory.watch(position.revision())) {
            figures.watchBegins();
            while (!closed) {
                Optional<WatchResponse> response = stream.read(untilNextDuty(connected));
                if (response.isPresent() && !take(response.get())) {
                    return;
                }
                if (System.nanoTime() - connected >= PROVEN.toNanos()) {
                    outage.ended();
                }
                if (isChanged() && System.nanoTime() - nextRepair >= 0) {
                    tend();
                }
                renewIfDue();
            }
        } finally {
            figures.watchEnds();
        }
    }

    private Duration untilNextDuty(long connected) {
        long now = System.nanoTime();
        long wait = IDLE.toNanos();
        if (!own.isReservation()) {
            wait = Math.min(wait, own.renewAt() - now);
        }
        if (outage.lasts()) {
            wait = Math.min(wait, connected + PROVEN.toNanos() - now);
        }
        if (isChanged()) {
            wait = Math.min(wait, nextRepair - now);
        }
        long untilOver = contest.untilOver().toNanos();
        if (untilOver > 0) {
            wait = Math.min(wait, untilOver);
        }
        return Duration.ofNanos(Math.max(0, wait));
    }

    /// True if this node's key does not hold what this node wrote.
    private boolean isChanged() {
        return view.record(own.name())
                .filter(it -> it.value().equals(own.value()))
                .isEmpty();
    }

    /// True if the store is still the one that was watched: its revision has not gone back, and this node's key is
    /// unchanged. A store whose revision went back, perhaps an old backup, may lack leases though it has this
    /// node's.
    private boolean goesOn() throws IOException {
        if (position == null) {
            return false;
        }
        Listing now = directory.read(own.name());
        long known = view.record(own.name()).map(SubnetRecord::modRevision).orElse(0L);
        long found = now.named(own.name()).map(SubnetRecord::modRevision).orElse(0L);
        boolean countsOn = position.mayLeadTo(now.position());
        isTrusted &= countsOn;

        if (!countsOn || known != found) {
            LOG.log(System.Logger.Level.INFO, "the store has changed meanwhile, reading all leases again");
            return false;
        }
        return true;
    }

    private void resync() throws IOException {
        position = null;
        Listing now = known != null ? known : directory.list();
        listener.accept(new LeaseEvent.Resync(view.reset(now.records()).all(), isKnown(now)));
        if (known != null) {
            view.put(own.record()).forEach(listener); // it is newer than the list
        }
        known = null;
        tend();
        position = now.position();
    }

    /// True if the store has always had this node's lease, and is still the same store.
    private boolean isKnown(Listing now) {
        boolean before = isTrusted;
        isTrusted = true;
        return before && now.named(own.name()).isPresent();
    }

    /// @return false if the watch has ended because the store no longer knows its revision
    private boolean take(WatchResponse response) throws IOException {
        if (response.getCompactRevision() != 0) {
            LOG.log(System.Logger.Level.INFO, "the store was compacted meanwhile, reading all leases again");
            position = null;
            return false;
        }
        if (response.getCanceled()) {
            throw new IOException("etcd ended the watch: " + SubnetRecord.printable(response.getCancelReason()));
        }
        if (response.getEventsCount() > 0) {
            StorePosition before = position;
            position = null; // until the whole message is processed
            asked = 0;
            // report all together: asking etcd in between must not split leases that ended at the same time
            List<LeaseEvent> news = new ArrayList<>();
            response.getEventsList().forEach(event -> news.addAll(changes(event)));
            news.forEach(listener);
            tend();
            // not the header's revision: etcd may split the changes up to it over several messages
            position = before.at(
                    response.getEvents(response.getEventsCount() - 1).getKv().getModRevision());
        }
        return true;
    }

    private List<LeaseEvent> changes(Event event) {
        SubnetRecord record = directory.record(event.getKv());
        return switch (event.getType()) {
            case PUT -> view.put(record);
            case DELETE -> ends(record);
            case UNRECOGNIZED -> List.of();
        };
    }

    private List<LeaseEvent> ends(SubnetRecord deleted) {
        long etcdLease =
                view.record(deleted.name()).map(SubnetRecord::etcdLease).orElse(0L);
        List<LeaseEvent> events = view.remove(deleted.name(), deleted.modRevision());
        if (events.isEmpty() || !ranOut(etcdLease)) {
            return events;
        }
        return events.stream()
                .map(event -> event instanceof LeaseEvent.Removed(Lease lease) ? new LeaseEvent.Expired(lease) : event)
                .toList();
    }

    /// Whether a key expired or was deleted, which etcd's events do not say. If many end at once, asks about a few
    /// and assumes the same of the rest, because all nodes ask.
    private boolean ranOut(long etcdLease) {
        if (etcdLease == 0) {
            return false; // a reservation never expires
        }
        if (asked < MOST_ASKED) {
            asked++;
            lastRanOut = taker.hasEnded(etcdLease);
        }
        return lastRanOut;
    }

    /// Checks this node's key, and repairs it.
    private void tend() throws IOException {
        Optional<SubnetRecord> found = view.record(own.name());
        if (found.isEmpty()) {
            LOG.log(System.Logger.Level.WARNING, "this node''s lease {0} is gone, taking it again", own.name());
            acquire();
            return;
        }
        SubnetRecord record = found.get();
        if (isLost(record)) {
            acquire(List.of()); // two copies of one host would take it from each other in turn
        } else if (!record.value().equals(own.value())) {
            repair(record);
        } else if (record.modRevision() != own.modRevision()) {
            own = own.seenAs(record);
        }
    }

    private boolean isLost(SubnetRecord record) {
        if (record.problem().isEmpty() && !record.isOf(mine)) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    "another node, {0}, has written its address into this node''s lease {1}, taking another subnet",
                    record.holder(),
                    record.name());
            return true;
        }
        if (SubnetChoice.isLate(network, record, view.rivals())) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    "another node had a part of this node''s subnet {0} first, taking another subnet",
                    record.name());
            return true;
        }
        return false;
    }

    /// Somebody changed what this node announces. Either it was a mistake, or two nodes have the same address;
    /// these must not fight at full speed.
    private void repair(SubnetRecord record) throws IOException {
        long late = System.nanoTime() - nextRepair;
        if (late < 0) {
            return;
        }
        if (late > LONGEST_REPAIR_PAUSE.toNanos()) {
            repairPause = FIRST_REPAIR_PAUSE; // the last one held
        }
        contest.repaired();
        nextRepair = System.nanoTime() + repairPause.toNanos();
        repairPause = LONGEST_REPAIR_PAUSE.compareTo(repairPause.multipliedBy(2)) < 0
                ? LONGEST_REPAIR_PAUSE
                : repairPause.multipliedBy(2);
        LOG.log(
                System.Logger.Level.WARNING,
                "this node''s lease {0} was changed to {1}, writing it back. If this repeats, another node uses the"
                        + " public address {2} too",
                record.name(),
                SubnetRecord.printable(record.value().toStringUtf8()),
                own.record().holder());
        acquire();
    }

    private void acquire() throws IOException {
        acquire(own.cidrs());
    }

    /// @param wanted what to take again if possible
    private void acquire(List<Cidr> wanted) throws IOException {
        List<Cidr> before = own.cidrs();
        own = taker.acquire(network, configRevision, mine, wanted).own();
        if (own.cidrs().equals(before)) {
            view.put(own.record()).forEach(listener);
            return;
        }
        view.own(own.cidrs());
        view.put(own.record());
        listener.accept(new LeaseEvent.Moved(own.lease()));
        listener.accept(view.reset(view.records()));
    }

    private void renewIfDue() throws IOException {
        if (own.isReservation() || !own.untilRenewal().isZero()) {
            return;
        }
        try {
            Optional<HeldLease> renewed = taker.renew(own);
            if (renewed.isPresent()) {
                own = renewed.get();
                LOG.log(System.Logger.Level.DEBUG, "renewed the lease {0}", own.name());
                return;
            }
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "the lease {0} was not renewed: {1}", own.name(), e.getMessage());
            own = own.renewedLater();
            return;
        }
        LOG.log(System.Logger.Level.WARNING, "this node''s lease {0} has expired, taking it again", own.name());
        acquire();
    }
}

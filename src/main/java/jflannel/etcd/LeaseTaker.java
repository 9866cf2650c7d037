package jflannel.etcd;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import jflannel.ip.Cidr;
import jflannel.lease.Announcement;
import jflannel.lease.AnnouncementJson;
import jflannel.lease.Lease;
import jflannel.lease.NetworkConfig;
import jflannel.lease.SubnetKey;

/// Takes a lease, and keeps it.
///
/// 1. List the directory, and decide by [SubnetChoice] what to take.
/// 2. Write it in a transaction whose conditions hold only if nobody took any of it since the list was read.
/// 3. If they do not hold, wait for a random short time and start over: somebody else has got a lease, so this ends.
///
/// Which condition that is: with one address family, and as long as the configuration stands, all blocks are cut
/// alike, so two of them overlap only if they are equal, and equal ones have one name: it is enough that no key
/// begins with that name. With two families the same IPv6 block may stand behind another IPv4 block, in a key of
/// another name; then no key at all may have been created since. That makes simultaneous starters wait for each other,
/// so it is used only where it is needed.
final class LeaseTaker {
    private static final System.Logger LOG = System.getLogger(LeaseTaker.class.getName());

    /// Each lost race is some other node's success; a thousand of them in a row mean that something is wrong.
    private static final int MOST_ATTEMPTS = 1_000;

    private static final Duration FIRST_PAUSE = Duration.ofMillis(20);
    private static final int MOST_DOUBLINGS = 6;

    private final EtcdClient etcd;
    private final SubnetDirectory directory;
    private final EtcdSettings settings;
    private final RandomGenerator random;
    private volatile Predicate<Cidr> unusable = _ -> false;

    LeaseTaker(EtcdClient etcd, SubnetDirectory directory, EtcdSettings settings, RandomGenerator random) {
        this.etcd = etcd;
        this.directory = directory;
        this.settings = settings;
        this.random = random;
    }

    /// From now on no subnet is taken that this refuses.
    void avoid(Predicate<Cidr> refused) {
        unusable = refused;
    }

    /// What etcd granted.
    ///
    /// @param since when it was asked for, by [System#nanoTime]: not later than when the time began
    private record Grant(long id, Duration time, long since) {
        static final Grant NONE = new Grant(0, Duration.ZERO, 0);
    }

    /// What was taken, and the list that it was chosen by: complete as of its own position, before the taking.
    record Taken(Holding own, Listing by) {}

    /// @param configRevision when the configuration that `network` was read from had been written; -1 if unknown
    /// @throws ConfigException if no subnet is left
    Taken acquire(NetworkConfig network, long configRevision, Announcement mine, List<Cidr> previous)
            throws IOException {
        return acquire(network, configRevision, mine, previous, null);
    }

    /// @param configRevision when the configuration that `network` was read from had been written; -1 if unknown
    /// @param former a lease of this node's that bears an address it no longer has, or null
    /// @throws ConfigException if no subnet is left
    Taken acquire(NetworkConfig network, long configRevision, Announcement mine, List<Cidr> previous, Lease former)
            throws IOException {
        Grant spare = Grant.NONE;
        try {
            for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
                Listing now = directory.list();
                SubnetChoice choice = SubnetChoice.of(
                        network,
                        record -> isOwn(record, mine, former, previous),
                        unusable,
                        previous,
                        now.records(),
                        random);
                Grant grant = grant(choice, spare);
                if (choice.kept().map(SubnetRecord::etcdLease).orElse(-1L) != grant.id()) {
                    spare = grant;
                }
                Optional<Holding> holding = take(choice, now, now.configRevision() == configRevision, mine, grant);
                if (holding.isPresent()) {
                    etcd.figures().leaseEndsAt(holding.get().end());
                    spare = grant.id() == spare.id() ? Grant.NONE : spare;
                    tell(holding.get().lease(), choice, previous);
                    return new Taken(holding.get(), now);
                }
                pause(attempt);
            }
        } finally {
            giveBack(spare);
        }
        throw new IOException("etcd at " + etcd.endpoint() + ": other nodes were faster " + MOST_ATTEMPTS + " times");
    }

    /// A lease is this node's if it bears its address; or an address that it had before, as this program remembers, or
    /// as the subnet file and the identity of its device prove together.
    private static boolean isOwn(SubnetRecord record, Announcement mine, Lease former, List<Cidr> previous) {
        return record.isOf(mine)
                || former != null && record.cidrs().equals(former.cidrs()) && record.isOf(former.announced())
                || record.cidrs().equals(previous)
                        && !mine.backendData().isEmpty()
                        && record.announced().map(Announcement::backendData).equals(Optional.of(mine.backendData()));
    }

    /// Gives the lease its full time again, which no watcher of the key notices.
    ///
    /// @return empty if the lease is gone, and the key with it
    Optional<Holding> renew(Holding own) throws IOException {
        long since = System.nanoTime();
        long seconds = etcd.keepAlive(own.etcdLease());
        if (seconds == 0) {
            return Optional.empty();
        }
        Duration time = Duration.ofSeconds(seconds);
        Holding renewed = own.renewed(since + renewAfter(time).toNanos(), since + time.toNanos());
        etcd.figures().leaseEndsAt(renewed.end());
        return Optional.of(renewed);
    }

    /// True if the etcd lease that a key lived by is there no more: the key was not deleted by somebody, it ran out.
    /// True as well if etcd does not answer, as that is what costs no packets.
    boolean hasEnded(long etcdLease) {
        try {
            return etcd.secondsLeft(etcdLease) < 0;
        } catch (IOException e) {
            return true;
        }
    }

    private Optional<Holding> take(
            SubnetChoice choice, Listing now, boolean configStands, Announcement mine, Grant grant) throws IOException {
        ByteString value = ByteString.copyFromUtf8(AnnouncementJson.format(mine));
        String name = SubnetKey.format(choice.cidrs());
        SubnetDirectory.Change change = directory.change();
        choice.dropped().forEach(change::delete);
        if (choice.kept().isPresent()) {
            SubnetRecord kept = choice.kept().get();
            if (choice.dropped().isEmpty() && kept.value().equals(value) && kept.etcdLease() == grant.id()) {
                return Optional.of(holding(choice, mine, value, grant, kept.createRevision(), kept.modRevision()));
            }
            change.ifUnchanged(kept).put(name, value, grant.id());
        } else {
            boolean oneFamily = choice.cidrs().size() == 1
                    && choice.dropped().stream().noneMatch(it -> it.name().startsWith(name));
            if (oneFamily && configStands) {
                change.ifConfigIsOf(now.configRevision()).ifNoneBeginsWith(name);
            } else {
                change.ifNoneCreatedAfter(now.position().revision());
            }
            change.put(name, value, grant.id());
        }
        OptionalLong written = change.commit();
        if (written.isEmpty()) {
            return Optional.empty();
        }
        long revision = written.getAsLong();
        long created = choice.kept().map(SubnetRecord::createRevision).orElse(revision);
        return Optional.of(holding(choice, mine, value, grant, created, revision));
    }

    private Holding holding(
            SubnetChoice choice, Announcement mine, ByteString value, Grant grant, long created, long modified) {
        return new Holding(
                new Lease(choice.cidrs(), mine),
                value,
                grant.id(),
                created,
                modified,
                grant.since() + renewAfter(grant.time()).toNanos(),
                grant.since() + grant.time().toNanos(),
                choice.kept().isPresent());
    }

    /// The etcd lease for a key: none for a reservation, the one that it lives by if that lasts as long as it should,
    /// else a new one.
    private Grant grant(SubnetChoice choice, Grant spare) throws IOException {
        long since = System.nanoTime();
        long wanted = Math.max(1, settings.leaseTime().toSeconds());
        if (choice.kept().isPresent()) {
            SubnetRecord kept = choice.kept().get();
            if (kept.isReservation()) {
                return Grant.NONE;
            }
            long seconds = etcd.keepAlive(kept.etcdLease());
            if (seconds >= wanted && seconds <= 2 * wanted) { // etcd may give more than it was asked for
                return new Grant(kept.etcdLease(), Duration.ofSeconds(seconds), since);
            }
        }
        if (spare != Grant.NONE) {
            return spare;
        }
        var granted = etcd.grant(wanted);
        if (granted.getID() == 0) {
            throw new IOException("etcd at " + etcd.endpoint() + " grants no lease: " + granted.getError());
        }
        return new Grant(granted.getID(), Duration.ofSeconds(granted.getTTL()), since);
    }

    private void giveBack(Grant spare) {
        if (spare != Grant.NONE) {
            try {
                etcd.revoke(spare.id());
            } catch (IOException e) {
                LOG.log(System.Logger.Level.DEBUG, "an unused lease is left to end by itself", e);
            }
        }
    }

    /// From the margin before the end, up to a tenth sooner: nodes that started together do not renew together.
    private Duration renewAfter(Duration time) {
        Duration latest = time.minus(settings.renewMargin());
        if (latest.compareTo(time.dividedBy(10)) < 0) { // etcd gave less than it was asked for
            latest = time.dividedBy(2);
        }
        return Duration.ofNanos((long) (latest.toNanos() * (1 - random.nextDouble() / 10)));
    }

    private static void tell(Lease own, SubnetChoice choice, List<Cidr> previous) {
        String how = choice.kept().isPresent()
                ? choice.kept().get().isReservation() ? "reserved for this node" : "as before"
                : previous.containsAll(choice.cidrs()) ? "taken again" : "new";
        LOG.log(System.Logger.Level.INFO, "this node leases {0} ({1})", own.words(), how);
        for (SubnetRecord dropped : choice.dropped()) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "deleted this node''s lease \"{0}\", which was {1}",
                    dropped.name(),
                    SubnetRecord.printable(dropped.value().toStringUtf8()));
        }
    }

    private void pause(int attempt) throws IOException {
        long most = FIRST_PAUSE.toNanos() << Math.min(attempt, MOST_DOUBLINGS);
        try {
            Thread.sleep(Duration.ofNanos(random.nextLong(most)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("interrupted while taking a lease").initCause(e);
        }
    }
}

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
import jflannel.lease.LeaseRules;
import jflannel.lease.NetworkConfig;
import jflannel.lease.SubnetKey;

/// Takes a lease and keeps it.
///
/// 1. List the directory, and let [SubnetChoice] decide what to take.
/// 2. Write it in a transaction that succeeds only if nobody has taken any of it since the list was read.
/// 3. If it fails, wait for a short random time and start over. This ends, because each failure is another node's
///    success.
///
/// The transaction's condition depends on what is taken. For a node with pods and one family, and as long as the
/// configuration stays the same, all blocks have the same length, so two of them overlap only if they are equal, and
/// then their keys have the same name: it is enough that no key begins with that name. With two families, the same
/// IPv6 block may be part of a key with another IPv4 block, and a node without pods takes less than a block. Then no
/// key at all may have been created since. That makes nodes that start at the same time wait for each other, so it is
/// used only where needed.
final class LeaseTaker {
    private static final System.Logger LOG = System.getLogger(LeaseTaker.class.getName());

    /// Each lost race is another node's success; a thousand in a row mean that something is wrong.
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

    /// From now on, takes no subnet that this predicate matches.
    void avoid(Predicate<Cidr> refused) {
        unusable = refused;
    }

    /// An etcd lease as granted.
    ///
    /// @param since when it was requested, by [System#nanoTime]: its time began then or later
    private record Grant(long id, Duration time, long since) {
        static final Grant NONE = new Grant(0, Duration.ZERO, 0);
    }

    /// A lease that this node has had.
    ///
    /// @param receipt as in [jflannel.lease.LeaseStore#formerly]
    record Former(Lease lease, String receipt) {
        /// True if nobody else has written the record since. One with another content is that of another node,
        /// even at the same address: DHCP gives addresses to the next host. That host may also write the same
        /// content, as some backends publish nothing but an address.
        boolean isUnchanged(SubnetRecord record) {
            return record.cidrs().equals(lease.cidrs())
                    && record.value().equals(LeaseTaker.value(lease.announced()))
                    && (receipt.isEmpty() || receipt.equals(String.valueOf(record.modRevision())));
        }
    }

    /// What was taken, and the list that the choice was based on, which is complete as of its own position.
    record Taken(HeldLease own, Listing by) {}

    /// @param configRevision revision of the configuration that `network` was read from; -1 if unknown
    /// @throws jflannel.lease.NotYetException if no subnet is left
    Taken acquire(NetworkConfig network, long configRevision, Announcement mine, List<Cidr> previous)
            throws IOException {
        return acquire(network, configRevision, mine, previous, null);
    }

    /// @param configRevision revision of the configuration that `network` was read from; -1 if unknown
    /// @param former this node's lease with an address that it no longer has, or null
    /// @throws jflannel.lease.NotYetException if no subnet is left
    Taken acquire(NetworkConfig network, long configRevision, Announcement mine, List<Cidr> previous, Former former)
            throws IOException {
        Grant spare = Grant.NONE;
        try {
            for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
                Listing now = directory.list();
                SubnetChoice choice = SubnetChoice.of(
                        network,
                        settings.forPods() ? network : network.forHosts(),
                        record -> isOwn(record, mine, former, previous),
                        unusable,
                        previous,
                        now.records(),
                        random);
                Grant grant = grant(choice, spare);
                if (choice.kept().map(SubnetRecord::etcdLease).orElse(-1L) != grant.id()) {
                    spare = grant;
                }
                Optional<HeldLease> holding =
                        take(choice, now, now.configRevision() == configRevision, mine, grant, former);
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

    /// A lease is this node's if it names its address, or an address that it had before. The latter is known from
    /// this host's memory, or proved by the subnet file together with the device's identity.
    private static boolean isOwn(SubnetRecord record, Announcement mine, Former former, List<Cidr> previous) {
        return record.isOf(mine)
                || former != null && former.isUnchanged(record)
                || record.cidrs().equals(previous)
                        && record.announced()
                                .filter(it -> isSameDevice(new Lease(previous, it), new Lease(previous, mine)))
                                .isPresent();
    }

    private static ByteString value(Announcement announced) {
        return ByteString.copyFromUtf8(AnnouncementJson.format(announced));
    }

    private static boolean isSameDevice(Lease one, Lease other) {
        List<String> identities = LeaseRules.identities(one);
        return !identities.isEmpty() && identities.equals(LeaseRules.identities(other));
    }

    /// Renews the lease for its full time, which no watcher of the key notices.
    ///
    /// @return empty if the lease is gone, and the key with it
    Optional<HeldLease> renew(HeldLease own) throws IOException {
        long since = System.nanoTime();
        long seconds = etcd.keepAlive(own.etcdLease());
        if (seconds == 0) {
            return Optional.empty();
        }
        Duration time = Duration.ofSeconds(seconds);
        HeldLease renewed = own.renewed(since + renewAfter(time).toNanos(), since + time.toNanos());
        etcd.figures().leaseEndsAt(renewed.end());
        return Optional.of(renewed);
    }

    /// True if the etcd lease of a key no longer exists: the key expired and was not deleted. Also true if etcd
    /// does not answer, because that answer costs no packets.
    boolean hasEnded(long etcdLease) {
        try {
            return etcd.timeToLive(etcdLease).getTTL() < 0;
        } catch (IOException e) {
            return true;
        }
    }

    private Optional<HeldLease> take(
            SubnetChoice choice, Listing now, boolean configStands, Announcement mine, Grant grant, Former former)
            throws IOException {
        ByteString value = value(mine);
        String name = SubnetKey.format(choice.cidrs());
        SubnetDirectory.Change change = directory.change();
        choice.dropped().forEach(change::delete);
        if (choice.kept().isPresent()) {
            SubnetRecord kept = choice.kept().get();
            boolean same = kept.value().equals(value) && kept.etcdLease() == grant.id();
            // else it may be of the host that had this address before, which has to notice when it returns
            boolean known = former != null && former.isUnchanged(kept);
            if (choice.dropped().isEmpty() && same && known) {
                return Optional.of(holding(choice, mine, value, grant, kept.createRevision(), kept.modRevision()));
            }
            change.ifUnchanged(kept).put(name, value, grant.id());
        } else {
            boolean oneFamily = choice.cidrs().size() == 1
                    && choice.dropped().stream().noneMatch(it -> it.name().startsWith(name));
            if (oneFamily && configStands && settings.forPods()) {
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

    private HeldLease holding(
            SubnetChoice choice, Announcement mine, ByteString value, Grant grant, long created, long modified) {
        return new HeldLease(
                new Lease(choice.cidrs(), mine),
                value,
                grant.id(),
                created,
                modified,
                grant.since() + renewAfter(grant.time()).toNanos(),
                grant.since() + grant.time().toNanos(),
                choice.kept().isPresent());
    }

    /// The etcd lease for a key: none for a reservation, its current one if that has the right duration, or else a
    /// new one.
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
                LOG.log(System.Logger.Level.DEBUG, "an unused lease is left to expire", e);
            }
        }
    }

    /// The margin before the end, or up to a tenth earlier, so that nodes that started together do not renew
    /// together.
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

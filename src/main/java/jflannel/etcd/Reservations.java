package jflannel.etcd;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.lease.AddressPool;
import jflannel.lease.Announcement;
import jflannel.lease.AnnouncementJson;
import jflannel.lease.ConfigException;
import jflannel.lease.Lease;
import jflannel.lease.LeaseRules;
import jflannel.lease.NetworkConfig;
import jflannel.lease.StoredLease;
import jflannel.lease.SubnetKey;
import jflannel.work.Printable;

/// Subnets that an administrator sets aside for a host, and gives free again. A reservation is a key without an etcd
/// lease, so it stays until somebody deletes it; every flannel leaves it to the host whose address it names.
///
/// Whatever is written is written only if the store still holds what was judged.
public final class Reservations {
    private static final int MOST_ATTEMPTS = 10;
    private static final Duration LEASE_TIME = EtcdSettings.USUAL_LEASE_TIME;

    private final EtcdRecords records;
    private final SubnetDirectory directory;

    public Reservations(EtcdRecords records) {
        this.records = records;
        this.directory = records.directory;
    }

    private interface Step {
        /// @return what was done; empty if the store had changed meanwhile
        Optional<String> on(Listing now) throws IOException;
    }

    private String settle(Step step) throws IOException {
        for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
            Optional<String> done = step.on(directory.list());
            if (done.isPresent()) {
                return done.get();
            }
        }
        throw new IOException("other hosts changed the store at the same moment, %d times; nothing was written"
                .formatted(MOST_ATTEMPTS));
    }

    /// Reserves subnets.
    ///
    /// @param addresses of the host that is to have them; none for the host that has them now
    /// @return what was done, in words
    /// @throws ConfigException if they are not to be had; the message says why
    public String reserve(NetworkConfig network, List<Cidr> cidrs, Map<Family, Ip> addresses) throws IOException {
        requireFit(network, cidrs);
        return settle(now -> {
            Optional<SubnetRecord> found = now.named(SubnetKey.format(cidrs));
            return found.isPresent() ? keep(found.get(), addresses) : create(network, now, cidrs, addresses);
        });
    }

    private void requireFit(NetworkConfig network, List<Cidr> cidrs) {
        if (SubnetChoice.fits(network, cidrs) || SubnetChoice.fits(network.forHosts(), cidrs)) {
            return;
        }
        String words = cidrs.stream().map(Cidr::toString).collect(Collectors.joining(" "));
        String offered = network.pools().values().stream()
                .map(Reservations::offer)
                .sorted()
                .collect(Collectors.joining(", and one "));
        throw new ConfigException("SUBNET", words, "A host of %s gets one %s.".formatted(records.where(), offered));
    }

    private static String offer(AddressPool pool) {
        return "/%d from %s to %s".formatted(pool.subnetLength(), pool.min(), pool.max());
    }

    private Optional<String> keep(SubnetRecord record, Map<Family, Ip> addresses) throws IOException {
        String holder = record.holder();
        boolean same = addresses.isEmpty()
                || record.announced()
                        .map(Announcement::publicIps)
                        .filter(addresses::equals)
                        .isPresent();
        if (record.announced().isEmpty() || !same) {
            throw new ConfigException("%s is %s %s%s. Choose another subnet, or first: flannel lease release %s"
                    .formatted(
                            record.name(),
                            record.isReservation() ? "reserved for" : "the lease of",
                            holder,
                            time(record),
                            words(record)));
        }
        if (record.isReservation()) {
            return Optional.of("%s is reserved for %s already".formatted(words(record), holder));
        }
        return directory
                        .change()
                        .ifUnchanged(record)
                        .put(record.name(), record.value(), 0)
                        .commit()
                        .isPresent()
                ? Optional.of("reserved %s for %s, which has it now; nothing changes for its pods"
                        .formatted(words(record), holder))
                : Optional.empty();
    }

    private Optional<String> create(NetworkConfig network, Listing now, List<Cidr> cidrs, Map<Family, Ip> addresses)
            throws IOException {
        if (addresses.isEmpty()) {
            throw new ConfigException("Nobody has %s. Say which host is to have it, by its public address: --for=IP."
                    .formatted(words(cidrs)));
        }
        Lease wanted = new Lease(cidrs, new Announcement(addresses, "", Map.of()));
        refuse(wanted, LeaseRules.fault(network, wanted));
        for (SubnetRecord record : now.records()) {
            refuse(wanted, conflict(network, record, wanted));
        }
        boolean written = directory
                .change()
                .ifNoneCreatedAfter(now.position().revision())
                .put(SubnetKey.format(cidrs), ByteString.copyFromUtf8(AnnouncementJson.format(wanted.announced())), 0)
                .commit()
                .isPresent();
        return written
                ? Optional.of("reserved " + words(cidrs) + " for " + holder(wanted) + next(now, wanted))
                : Optional.empty();
    }

    private Optional<String> conflict(NetworkConfig network, SubnetRecord record, Lease wanted) throws IOException {
        if (record.overlaps(wanted.cidrs())) {
            return Optional.of("it overlaps %s, which is %s %s%s"
                    .formatted(
                            Printable.line(record.name()),
                            record.isReservation() ? "reserved for" : "the lease of",
                            record.holder(),
                            time(record)));
        }
        if (!record.problem(network).isEmpty() || record.isOf(wanted.announced())) {
            return Optional.empty(); // the host gives its other lease up for this one
        }
        return LeaseRules.conflict(record.claim(network).lease(), record.holder(), wanted);
    }

    private static void refuse(Lease wanted, Optional<String> fault) {
        if (fault.isPresent()) {
            throw new ConfigException(
                    "%s cannot be reserved for %s: %s.".formatted(wanted.words(), holder(wanted), fault.get()));
        }
    }

    private static String next(Listing now, Lease wanted) {
        return now.records().stream()
                .filter(record -> record.isOf(wanted.announced()))
                .map(record ->
                        "; it has %s now, and changes over when its flanneld is started next".formatted(words(record)))
                .findFirst()
                .orElse("; it takes it when its flanneld is started");
    }

    /// Gives a subnet free.
    ///
    /// | record | without force |
    /// |---|---|
    /// | a reservation that no host has taken | is deleted |
    /// | a reservation that a host may be using | becomes a lease like others, which that host may keep |
    /// | a lease that has run out, or is none | is deleted |
    /// | a lease that somebody renews | is left alone |
    ///
    /// @param name of its key
    /// @param force delete it in any case
    /// @return what was done and what follows, in words
    /// @throws ConfigException if there is none, or it may not be deleted
    public String release(NetworkConfig network, String name, boolean force) throws IOException {
        return settle(now -> {
            SubnetRecord record = now.named(name).orElseThrow(() -> missing(now, name));
            boolean usable = record.problem(network).isEmpty();
            boolean unclaimed = usable
                    && LeaseRules.isUnclaimed(
                            network.type(), record.claim(network).lease());
            if (!force && record.isReservation() && usable && !unclaimed) {
                return turnIntoLease(record);
            }
            boolean renewed = records.term(record.etcdLease()) instanceof StoredLease.Term.Renewed(long left, long _)
                    && left >= 0;
            if (renewed && !force) {
                throw new ConfigException(
                        ("%s is the lease of %s%s. Stop the flanneld there, and the lease ends by itself. With --force"
                                        + " it is deleted now: %s.")
                                .formatted(words(record), record.holder(), time(record), after(record)));
            }
            if (directory.change().delete(record).commit().isEmpty()) {
                return Optional.empty();
            }
            String what = !usable ? "the record" : record.isReservation() ? "the reservation" : "the lease";
            return Optional.of("deleted %s %s of %s".formatted(what, words(record), record.holder())
                    + (unclaimed || !usable ? "; no host was using it" : ". Now " + after(record)));
        });
    }

    private Optional<String> turnIntoLease(SubnetRecord record) throws IOException {
        long lease = records.etcd.grant(LEASE_TIME.toSeconds()).getID();
        boolean done = directory
                .change()
                .ifUnchanged(record)
                .put(record.name(), record.value(), lease)
                .commit()
                .isPresent();
        if (!done) {
            records.etcd.revoke(lease);
            return Optional.empty();
        }
        return Optional.of(
                ("%s is no longer reserved for %s. If a flanneld runs there, it keeps it as an ordinary lease;"
                                + " otherwise it ends in 24 hours, or at once with --force")
                        .formatted(words(record), record.holder()));
    }

    private static String after(SubnetRecord record) {
        return ("the other hosts drop their routes to it; a flanneld at %s takes it again at once (Go flannel ends"
                        + " instead, and takes a subnet when it is started again)")
                .formatted(record.holder());
    }

    private ConfigException missing(Listing now, String name) {
        String reserved = now.records().stream()
                .filter(SubnetRecord::isReservation)
                .map(SubnetRecord::name)
                .limit(10)
                .collect(Collectors.joining(", "));
        return new ConfigException("There is no key %s. %s"
                .formatted(
                        Printable.line(directory.key(name)),
                        reserved.isEmpty()
                                ? "flannel lease list shows what there is."
                                : "Reserved are: " + Printable.line(reserved) + "."));
    }

    private String time(SubnetRecord record) throws IOException {
        return records.term(record.etcdLease()) instanceof StoredLease.Term.Renewed(long left, long whole)
                ? left < 0 ? ", which has run out" : ", with %s of %s left".formatted(hours(left), hours(whole))
                : "";
    }

    private static String hours(long seconds) {
        return "%d:%02d h".formatted(seconds / 3600, seconds / 60 % 60);
    }

    private static String holder(Lease lease) {
        return lease.announced().publicIps().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(each -> each.getValue().toString())
                .collect(Collectors.joining(" and "));
    }

    private static String words(SubnetRecord record) {
        return record.cidrs().isEmpty() ? Printable.line(record.name()) : words(record.cidrs());
    }

    private static String words(List<Cidr> cidrs) {
        return cidrs.stream().map(Cidr::toString).collect(Collectors.joining(" "));
    }
}

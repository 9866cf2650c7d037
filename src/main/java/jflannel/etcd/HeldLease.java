package jflannel.etcd;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import jflannel.ip.Cidr;
import jflannel.lease.Lease;
import jflannel.lease.SubnetKey;

/// The lease that this node holds, and the etcd lease behind it.
///
/// @param value as written in the store
/// @param etcdLease that the key is attached to; 0 for a reservation, which is never renewed
/// @param renewAt when to renew it, by [System#nanoTime]
/// @param endsAt when it expires unless renewed, by [System#nanoTime]
/// @param found false if the store had no lease of this node when it was acquired
record HeldLease(
        Lease lease,
        ByteString value,
        long etcdLease,
        long createRevision,
        long modRevision,
        long renewAt,
        long endsAt,
        boolean found) {
    private static final Duration USUAL_RETRY = Duration.ofMinutes(1);

    String name() {
        return SubnetKey.format(cidrs());
    }

    List<Cidr> cidrs() {
        return lease.cidrs();
    }

    boolean isReservation() {
        return etcdLease == 0;
    }

    /// Every writer changes it, even one that writes the same value.
    String receipt() {
        return String.valueOf(modRevision);
    }

    Duration untilRenewal() {
        return Duration.ofNanos(Math.max(0, renewAt - System.nanoTime()));
    }

    /// When it expires unless renewed, by [System#nanoTime]; empty for a reservation.
    OptionalLong end() {
        return isReservation() ? OptionalLong.empty() : OptionalLong.of(endsAt);
    }

    HeldLease renewed(long renewAt, long endsAt) {
        return new HeldLease(lease, value, etcdLease, createRevision, modRevision, renewAt, endsAt, found);
    }

    /// Retries after a minute, or sooner if the lease expires soon.
    HeldLease renewedLater() {
        long now = System.nanoTime();
        long wait = Math.clamp((endsAt - now) / 4, Duration.ofMillis(100).toNanos(), USUAL_RETRY.toNanos());
        return renewed(now + wait, endsAt);
    }

    /// This lease as its key was read. If somebody attached it to another etcd lease, that one is kept alive from
    /// now on.
    HeldLease seenAs(SubnetRecord record) {
        long due = record.etcdLease() == etcdLease ? renewAt : System.nanoTime();
        return new HeldLease(
                lease, value, record.etcdLease(), record.createRevision(), record.modRevision(), due, endsAt, found);
    }

    SubnetRecord record() {
        return new SubnetRecord(
                name(),
                cidrs(),
                java.util.Optional.of(lease.announced()),
                "",
                value,
                etcdLease,
                createRevision,
                modRevision);
    }
}

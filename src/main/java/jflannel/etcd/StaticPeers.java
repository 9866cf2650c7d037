package jflannel.etcd;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import jflannel.ip.Cidr;
import jflannel.lease.AnnouncementJson;
import jflannel.lease.ConfigException;
import jflannel.lease.Lease;
import jflannel.lease.LeaseRules;
import jflannel.lease.NetworkConfig;
import jflannel.lease.SubnetKey;

/// Keys that an administrator keeps for hosts without flanneld: leases without an etcd lease, which stay until they are
/// deleted. Every flannel, Go flannel included, routes to them as to all others, so they are judged before they are
/// written.
public final class StaticPeers {
    private final SubnetDirectory directory;

    public StaticPeers(EtcdRecords records) {
        directory = records.directory;
    }

    /// Writes a peer's key.
    ///
    /// @throws ConfigException if the peer makes no sense in this network, or stands in the way of another host
    public void add(NetworkConfig network, Lease peer) throws IOException {
        refuse(peer, LeaseRules.fault(network, peer));
        Listing now = directory.list();
        for (SubnetRecord record : now.records()) {
            refuse(peer, conflict(network, record, peer));
        }
        boolean added = directory
                .change()
                .ifNoneCreatedAfter(now.position().revision())
                .put(
                        SubnetKey.format(peer.cidrs()),
                        ByteString.copyFromUtf8(AnnouncementJson.format(peer.announced())),
                        0)
                .commit()
                .isPresent();
        if (!added) {
            throw new IOException("another host took a lease at the same moment; nothing was written, try again");
        }
    }

    private static void refuse(Lease peer, Optional<String> fault) {
        if (fault.isPresent()) {
            throw new ConfigException("%s cannot be a peer's: %s".formatted(peer.words(), fault.get()));
        }
    }

    private static Optional<String> conflict(NetworkConfig network, SubnetRecord record, Lease peer) {
        if (record.overlaps(peer.cidrs())) {
            return Optional.of("it overlaps %s, the lease of %s".formatted(record.name(), record.holder()));
        }
        if (!record.problem(network).isEmpty()) {
            return Optional.empty();
        }
        Lease other = record.claim(network).lease();
        Optional<String> address = other.announced().publicIps().values().stream()
                .filter(ip -> peer.announced().publicIps().containsValue(ip))
                .findFirst()
                .map(ip -> "%s already has the lease %s".formatted(ip, record.name()));
        return address.or(() -> LeaseRules.conflict(other, record.holder(), peer));
    }

    /// Deletes a peer's key.
    ///
    /// @throws ConfigException if there is none, or it is the lease of a running flanneld
    public void remove(List<Cidr> cidrs) throws IOException {
        Listing now = directory.list();
        String name = SubnetKey.format(cidrs);
        SubnetRecord record = now.named(name)
                .orElseThrow(() -> new ConfigException("There is no lease " + name + ". Permanent ones are: "
                        + now.records().stream()
                                .filter(SubnetRecord::isReservation)
                                .map(SubnetRecord::name)
                                .collect(Collectors.joining(", "))));
        if (!record.isReservation()) {
            throw new ConfigException("%s is the lease of a flanneld at %s, which would take it again. Stop that one."
                    .formatted(name, record.holder()));
        }
        if (directory.change().delete(record).commit().isEmpty()) {
            throw new IOException(name + " was changed at the same moment; nothing was deleted, try again");
        }
    }
}

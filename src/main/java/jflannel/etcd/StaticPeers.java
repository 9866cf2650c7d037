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
public final class StaticPeers implements AutoCloseable {
    private final EtcdClient etcd;
    private final SubnetDirectory directory;

    /// @throws ConfigException if an endpoint is no URL, or a TLS file cannot be used
    public StaticPeers(EtcdSettings settings) {
        etcd = new EtcdClient(settings);
        directory = new SubnetDirectory(etcd, settings.prefix());
    }

    /// A key as it stands in the store.
    ///
    /// @param lease empty if the key or its value is of no use
    /// @param permanent false for a lease that a running flanneld renews
    /// @param fault why no host uses it; empty if they do
    public record Entry(String name, Optional<Lease> lease, boolean permanent, String fault) {}

    /// @throws ConfigException if there is no configuration, or it cannot be used
    public NetworkConfig network() throws IOException {
        String where = "etcd key " + directory.configKey();
        return directory
                .readConfig()
                .found()
                .map(entry -> NetworkConfig.parse(where, entry.getValue().toStringUtf8()))
                .orElseThrow(() -> new ConfigException(new MissingConfig(directory).words(etcd.endpoint())));
    }

    /// All leases, in the order of their names.
    public List<Entry> all(NetworkConfig network) throws IOException {
        return directory.list().records().stream()
                .map(record -> entry(network, record))
                .toList();
    }

    private static Entry entry(NetworkConfig network, SubnetRecord record) {
        String problem = record.problem(network);
        Optional<Lease> lease =
                problem.isEmpty() ? Optional.of(record.claim(network).lease()) : Optional.empty();
        String fault = lease.flatMap(
                        it -> LeaseRules.fault(network, it).or(() -> LeaseRules.faultOfBackend(network.type(), it)))
                .orElse(problem);
        return new Entry(record.name(), lease, record.isReservation(), fault);
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

    @Override
    public void close() {
        etcd.close();
    }
}

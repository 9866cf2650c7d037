package jflannel.inspect;

import java.util.List;
import java.util.Optional;
import jflannel.control.Overlay;
import jflannel.firewall.RulesSeen;
import jflannel.kernel.InterfaceAddress;
import jflannel.kernel.Link;
import jflannel.lease.Lease;
import jflannel.lease.NetworkConfig;
import jflannel.report.ReportedStatus;

/// This host's flannel at one moment, as far as it can be seen. Each part says where it was found, or why it was not.
///
/// @param flannel whose network this is
/// @param store which store it is in, in words, without secrets
/// @param storeFault why not all of the store was read; empty if all was
/// @param status what the running daemon says of itself; missing if it is Go flannel's, or an earlier daemon's
/// @param subnetFile the text of subnet.env
/// @param network its configuration
/// @param own this node's lease
/// @param leases those of the other nodes
/// @param overlay the network as this node takes part in it: interfaces, addresses, backend
/// @param devices the backend's
/// @param firewall the masquerade and forward rules
/// @param comparison the kernel's tables
/// @param links all devices of this host
/// @param addresses of all of them
public record Inspection(
        LocalFlannel flannel,
        String store,
        Optional<Throwable> storeFault,
        Part<ReportedStatus> status,
        Part<String> subnetFile,
        Part<NetworkConfig> network,
        Part<Lease> own,
        Part<KnownLeases> leases,
        Part<Overlay> overlay,
        List<DeviceState> devices,
        Part<RulesSeen> firewall,
        Part<Comparison> comparison,
        List<Link> links,
        List<InterfaceAddress> addresses) {
    public Inspection {
        devices = List.copyOf(devices);
        links = List.copyOf(links);
        addresses = List.copyOf(addresses);
    }

    /// The same, with what the running daemon says now.
    public Inspection heardAgain() {
        return new Inspection(
                flannel,
                store,
                storeFault,
                new HostFiles(flannel).status(),
                subnetFile,
                network,
                own,
                leases,
                overlay,
                devices,
                firewall,
                comparison,
                links,
                addresses);
    }

    /// What the kernel should hold.
    public Wanted wanted() {
        return comparison.value().map(Wanted::of).orElse(Wanted.NOTHING);
    }

    /// How the peers are: as the kernel's tables say, or where those were not looked at, the running daemon.
    public Optional<PeerCounts> peers() {
        return comparison
                .value()
                .map(PeerCounts::of)
                .or(() -> status.value()
                        .filter(it -> !it.facts().lease().isEmpty())
                        .map(PeerCounts::of));
    }
}

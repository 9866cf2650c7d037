package jflannel.doctor;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import jflannel.control.Overlay;
import jflannel.inspect.Comparison;
import jflannel.inspect.Inspection;
import jflannel.inspect.KnownLeases;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.DeviceNames;
import jflannel.kernel.InterfaceAddress;
import jflannel.kernel.Link;
import jflannel.lease.EnvironmentFile;
import jflannel.lease.Lease;
import jflannel.lease.NetworkConfig;
import jflannel.lease.ShellWord;
import jflannel.lease.SubnetFile;
import jflannel.underlay.PinnedNeighbor;

/// Everything that the [Check]s look at, as it was at one moment.
///
/// @param flannel the network on this host
/// @param probes what came back of the packets that were sent; empty if none were
/// @param wrongNeighbors entries that another answer belies; empty if nobody was asked
/// @param unexamined what could not be looked at
public record Snapshot(
        Inspection flannel,
        Machine machine,
        StoreCheck store,
        Surroundings surroundings,
        Rules rules,
        Cni cni,
        List<Probe> probes,
        List<PinnedNeighbor.Wrong> wrongNeighbors,
        List<Unexamined> unexamined) {
    public Snapshot {
        probes = List.copyOf(probes);
        wrongNeighbors = List.copyOf(wrongNeighbors);
        unexamined = List.copyOf(unexamined);
    }

    Optional<NetworkConfig> network() {
        return flannel.network().value();
    }

    Optional<Lease> own() {
        return flannel.own().value();
    }

    Optional<Overlay> overlay() {
        return flannel.overlay().value();
    }

    Optional<Comparison> comparison() {
        return flannel.comparison().value();
    }

    Collection<Lease> peers() {
        return flannel.leases().value().map(KnownLeases::peers).orElse(List.of());
    }

    Map<String, String> leaseFaults() {
        return flannel.leases().value().map(KnownLeases::faults).orElse(Map.of());
    }

    boolean runs() {
        return flannel.flannel().process().isPresent();
    }

    boolean isKubernetes() {
        return flannel.flannel().options().kube.subnetManager;
    }

    /// Families of the pods, as far as they are known.
    Set<Family> families() {
        return network().map(it -> it.pools().keySet()).orElse(Set.of(Family.IPV4));
    }

    /// The variables of subnet.env; empty without that file.
    Map<String, String> subnetEnv() {
        return flannel.subnetFile().value().map(EnvironmentFile::parse).orElse(Map.of());
    }

    /// This node's subnets by subnet.env.
    List<Cidr> notedSubnets() {
        return flannel.subnetFile().value().map(SubnetFile::subnets).orElse(List.of());
    }

    Optional<Link> link(String name) {
        return flannel.links().stream().filter(link -> link.name().equals(name)).findFirst();
    }

    /// Bridges that have an address in one of these subnets.
    List<Link> bridgesIn(Collection<Cidr> subnets) {
        return flannel.links().stream()
                .filter(link -> link.kind().equals("bridge"))
                .filter(link -> addresses(link).anyMatch(ip -> subnets.stream().anyMatch(it -> it.contains(ip))))
                .toList();
    }

    Stream<Ip> addresses(Link link) {
        return flannel.addresses().stream()
                .map(InterfaceAddress::address)
                .filter(address -> address.ifIndex() == link.index())
                .map(address -> address.ip());
    }

    DeviceNames names() {
        return DeviceNames.of(flannel.links());
    }

    /// The daemon's devices for pods' packets that should exist.
    Set<String> deviceNames() {
        return overlay().map(it -> it.backend().deviceNames()).orElse(Set.of());
    }

    /// A command that has the daemon start again.
    String restart() {
        return isKubernetes()
                ? "kubectl -n kube-flannel delete pod --field-selector spec.nodeName=$(hostname)"
                : "systemctl restart flanneld";
    }

    /// Where etcd is, for commands.
    String endpoint() {
        return flannel.flannel().options().etcd.endpoints().stream().findFirst().orElse("");
    }

    /// A command that writes the network configuration.
    String configure(String json) {
        return isKubernetes()
                ? "kubectl -n kube-flannel edit configmap kube-flannel-cfg"
                : "ETCDCTL_API=3 etcdctl --endpoints=%s put %s %s"
                        .formatted(ShellWord.of(endpoint()), ShellWord.of(store.configKey()), ShellWord.of(json));
    }

    Snapshot with(Machine after, List<Probe> results, List<PinnedNeighbor.Wrong> neighbors) {
        return new Snapshot(flannel, after, store, surroundings, rules, cni, results, neighbors, unexamined);
    }

    /// The same, with what the running daemon says now.
    Snapshot heardAgain() {
        return new Snapshot(
                flannel.heardAgain(), machine, store, surroundings, rules, cni, probes, wrongNeighbors, unexamined);
    }

    Snapshot lacking(Unexamined more) {
        List<Unexamined> all = new ArrayList<>(unexamined);
        all.add(more);
        return new Snapshot(flannel, machine, store, surroundings, rules, cni, probes, wrongNeighbors, all);
    }
}

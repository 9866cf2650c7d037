package jflannel.doctor;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;

import java.math.BigInteger;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import jflannel.control.HostGuard;
import jflannel.inspect.Comparison;
import jflannel.inspect.Part;
import jflannel.inspect.PeerState;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.InterfaceAddress;
import jflannel.kernel.Link;
import jflannel.lease.AddressPool;
import jflannel.lease.Lease;
import jflannel.lease.NetworkConfig;

/// This node's lease and those of the others.
final class LeaseChecks {
    /// What every virtual machine behind the NAT of VirtualBox has.
    private static final Ip OF_VIRTUAL_MACHINES = Ip.parse("10.0.2.15");

    private static final int MOST_NAMED = 3;

    private LeaseChecks() {}

    static String networks(NetworkConfig network) {
        return network.pools().values().stream()
                .map(pool -> pool.network().toString())
                .collect(joining(" and "));
    }

    private static boolean answers(Snapshot snapshot) {
        return snapshot.store().fault() == StoreCheck.Fault.NONE;
    }

    static Stream<Diagnosis> pool(Snapshot snapshot) {
        if (snapshot.isKubernetes() || snapshot.network().isEmpty() || !answers(snapshot)) {
            return Stream.empty();
        }
        NetworkConfig network = snapshot.network().get();
        return network.pools().entrySet().stream().flatMap(each -> {
            AddressPool pool = each.getValue();
            long taken = Stream.concat(snapshot.peers().stream(), snapshot.own().stream())
                    .filter(lease -> lease.subnet(each.getKey())
                            .filter(it -> pool.offers(it.cidr()))
                            .isPresent())
                    .count();
            BigInteger all = size(pool);
            if (all.compareTo(BigInteger.valueOf(taken)) > 0) {
                return Stream.empty();
            }
            boolean here = snapshot.own().isEmpty();
            return Stream.of(Diagnosis.of(
                            Check.POOL_EXHAUSTED,
                            "the network has no subnet left"
                                    + (here ? " for this node" : ": another node would get none"))
                    .seen(
                            network.where(),
                            "%s subnets, each a /%d, from %s to %s"
                                    .formatted(all, pool.subnetLength(), pool.min(), pool.max()))
                    .seen("leases in the store", taken)
                    .graded(here ? Grade.BROKEN : Grade.DEGRADED)
                    .remedied("use a larger Network, or a larger SubnetLen: "
                            + snapshot.configure("{\"Network\":\"…\",\"SubnetLen\":…,\"Backend\":"
                                    + network.redactedBackend() + "}")));
        });
    }

    private static BigInteger size(AddressPool pool) {
        BigInteger first = new BigInteger(1, pool.min().bytes());
        BigInteger last = new BigInteger(1, pool.max().bytes());
        int bits = pool.network().family().bits() - pool.subnetLength();
        return last.subtract(first).shiftRight(bits).add(BigInteger.ONE);
    }

    static Stream<Diagnosis> lost(Snapshot snapshot) {
        boolean had = !snapshot.notedSubnets().isEmpty();
        boolean missing = snapshot.flannel().own() instanceof Part.Missing<?>
                && snapshot.network().isPresent();
        if (!had || snapshot.isKubernetes() || !answers(snapshot)) {
            return Stream.empty();
        }
        if (missing) {
            if (ofNotedSubnet(snapshot).isPresent()) {
                return Stream.empty(); // its address is the question
            }
            return Stream.of(Diagnosis.of(
                            Check.LEASE_LOST,
                            "the store has no lease of this node, so other nodes do not reach its pods, and may get its"
                                    + " subnet")
                    .seen(snapshot.flannel().subnetFile().words(), words(snapshot.notedSubnets()))
                    .seen(
                            "keys below " + snapshot.store().configKey().replaceFirst("config$", "subnets/"),
                            "none at an" + " address of this node")
                    .remedied(snapshot.restart()));
        }
        return snapshot
                .own()
                .filter(own -> snapshot.network().isPresent() && !own.cidrs().equals(snapshot.notedSubnets()))
                .stream()
                .map(own -> Diagnosis.of(
                                Check.LEASE_LOST,
                                "this node's lease is %s, and its pods have addresses of %s"
                                        .formatted(own.words(), words(snapshot.notedSubnets())))
                        .seen(snapshot.flannel().subnetFile().words(), words(snapshot.notedSubnets()))
                        .seen("the store", own.words())
                        .remedied(snapshot.restart()));
    }

    private static String words(List<Cidr> subnets) {
        return subnets.stream().map(Cidr::toString).collect(joining(" and "));
    }

    static Stream<Diagnosis> virtualMachine(Snapshot snapshot) {
        Optional<Ip> published = snapshot.own().flatMap(own -> own.announced().publicIp(Family.IPV4));
        if (published.filter(OF_VIRTUAL_MACHINES::equals).isEmpty()
                || snapshot.peers().isEmpty() && !isNat(snapshot)) {
            return Stream.empty();
        }
        return Stream.of(Diagnosis.of(
                        Check.VM_ADDRESS,
                        "this node publishes 10.0.2.15, the address that every virtual machine behind the NAT of"
                                + " VirtualBox (Vagrant) has: the others send to themselves")
                .seen("this node's lease", "PublicIP " + published.get())
                .with("device", otherInterface(snapshot)));
    }

    private static boolean isNat(Snapshot snapshot) {
        return snapshot.surroundings().host().needed().containsKey(Ip.parse("10.0.2.2"));
    }

    /// The interface that leads to the other nodes, probably.
    private static String otherInterface(Snapshot snapshot) {
        return snapshot.flannel().addresses().stream()
                .filter(it -> it.address().ip().family() == Family.IPV4
                        && !it.address().ip().isLoopback()
                        && !it.address().ip().equals(OF_VIRTUAL_MACHINES)
                        && snapshot.notedSubnets().stream()
                                .noneMatch(own -> own.contains(it.address().ip())))
                .map(InterfaceAddress::address)
                .flatMap(address -> snapshot.flannel().links().stream()
                        .filter(link -> link.index() == address.ifIndex()
                                && !link.kind().equals("bridge"))
                        .map(Link::name))
                .findFirst()
                .orElse("eth1");
    }

    static Stream<Diagnosis> sharedAddress(Snapshot snapshot) {
        Map<Ip, List<Lease>> byAddress = new TreeMap<>(Stream.concat(snapshot.peers().stream(), snapshot.own().stream())
                .distinct()
                .flatMap(
                        lease -> lease.announced().publicIps().values().stream().map(ip -> Map.entry(ip, lease)))
                .collect(groupingBy(
                        Map.Entry::getKey,
                        java.util.stream.Collectors.mapping(
                                Map.Entry::getValue, java.util.stream.Collectors.toList()))));
        Stream<Diagnosis> others = byAddress.entrySet().stream()
                .filter(each -> each.getValue().size() > 1)
                .map(each -> Diagnosis.of(
                                Check.SHARED_ADDRESS,
                                "two nodes publish the address %s, so one of them gets the packets for both"
                                        .formatted(each.getKey()))
                        .seen(
                                "leases in the store",
                                each.getValue().stream()
                                        .map(Lease::words)
                                        .sorted()
                                        .collect(joining("; "))));
        Stream<Diagnosis> own = snapshot.leaseFaults().entrySet().stream()
                .filter(fault -> fault.getValue().contains("this node's own address"))
                .map(fault -> Diagnosis.of(Check.SHARED_ADDRESS, "another node publishes the same address as this one")
                        .seen("the lease " + fault.getKey(), fault.getValue())
                        .seen(
                                "this node's lease",
                                snapshot.own()
                                        .map(it -> it.announced()
                                                .publicIps()
                                                .values()
                                                .toString())
                                        .orElse("")));
        return Stream.concat(own, others);
    }

    /// The address need not be here if it was given, or translated on the way.
    static Stream<Diagnosis> addressGone(Snapshot snapshot) {
        boolean given = !snapshot.flannel()
                        .flannel()
                        .options()
                        .iface
                        .flags()
                        .publicIps()
                        .isEmpty()
                || snapshot.overlay().filter(it -> !it.publicIps().isEmpty()).isPresent();
        Optional<Lease> lease = snapshot.own().or(() -> ofNotedSubnet(snapshot));
        if (given || lease.isEmpty()) {
            return Stream.empty();
        }
        boolean ipv6Off = KernelChecks.ipv6Off(snapshot).findAny().isPresent();
        return lease.get().announced().publicIps().values().stream()
                .filter(ip -> !ipv6Off || ip.family() == Family.IPV4) // its addresses go with it
                .filter(ip -> snapshot.flannel().addresses().stream()
                        .noneMatch(it -> it.address().ip().equals(ip)))
                .map(ip -> Diagnosis.of(
                                Check.ADDRESS_GONE,
                                "the lease of this node's subnet %s is at %s, an address that no interface here has"
                                        .formatted(lease.get().words(), ip))
                        .seen("the store", lease.get().announced().publicIps().values())
                        .seen("ip address", addresses(snapshot))
                        .remedied(remedy(snapshot)));
    }

    /// A start helps only if there is another address to take.
    private static String remedy(Snapshot snapshot) {
        return snapshot.flannel().overlay() instanceof Part.Missing<?>(String why)
                ? "ip address show    # and give the interface its address again: " + why
                : snapshot.restart();
    }

    /// The lease of the subnet in subnet.env, if this node has none: its address changed, or another node got it.
    private static Optional<Lease> ofNotedSubnet(Snapshot snapshot) {
        return snapshot.own().isPresent()
                ? Optional.empty()
                : snapshot.peers().stream()
                        .filter(peer -> peer.cidrs().equals(snapshot.notedSubnets()))
                        .findFirst();
    }

    private static String addresses(Snapshot snapshot) {
        return snapshot.flannel().addresses().stream()
                .map(it -> it.address().ip())
                .filter(ip -> !ip.isLoopback() && !ip.isLinkLocal())
                .map(Ip::toString)
                .limit(8)
                .collect(joining(", "));
    }

    static Stream<Diagnosis> ignoredLeases(Snapshot snapshot) {
        Map<String, String> faults = new LinkedHashMap<>(snapshot.leaseFaults());
        faults.values().removeIf(why -> why.contains("this node's own address"));
        if (faults.isEmpty()) {
            return Stream.empty();
        }
        Diagnosis found = Diagnosis.of(
                Check.LEASES_IGNORED,
                faults.size() == 1
                        ? "a record in the store is no usable lease, so that node is not reached"
                        : faults.size() + " records in the store are no usable leases, so those nodes are not reached");
        for (Map.Entry<String, String> fault : faults.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .limit(MOST_NAMED)
                .toList()) {
            found = found.seen(fault.getKey(), fault.getValue());
        }
        return Stream.of(found);
    }

    static Stream<Diagnosis> ignoredPeers(Snapshot snapshot) {
        Collection<PeerState> peers =
                snapshot.comparison().map(Comparison::peers).orElse(List.of());
        List<PeerState> ignored =
                peers.stream().filter(peer -> !peer.ignored().isEmpty()).toList();
        if (ignored.isEmpty()) {
            return Stream.empty();
        }
        Diagnosis found = Diagnosis.of(
                Check.PEERS_IGNORED,
                "what %s published does not fit this node: %s"
                        .formatted(
                                ignored.size() == 1 ? "a peer" : ignored.size() + " peers",
                                ignored.getFirst().ignored()));
        for (PeerState peer : ignored.subList(0, Math.min(MOST_NAMED, ignored.size()))) {
            found = found.seen(
                    "the lease %s of %s"
                            .formatted(
                                    peer.lease().words(),
                                    peer.lease().announced().publicIps().values().stream()
                                            .map(Ip::toString)
                                            .collect(joining(" and "))),
                    peer.ignored());
        }
        return Stream.of(taken(ignored, snapshot).map(found::remedied).orElse(found));
    }

    /// The command that takes from this host an address which is a peer's, if all of them are ignored for that.
    private static Optional<String> taken(List<PeerState> ignored, Snapshot snapshot) {
        List<String> commands = snapshot.flannel().addresses().stream()
                .map(InterfaceAddress::address)
                .filter(it -> ignored.stream()
                        .allMatch(peer -> peer.lease().cidrs().stream().anyMatch(cidr -> cidr.contains(it.ip()))))
                .map(it -> "ip address delete %s/%d dev %s"
                        .formatted(
                                it.ip(), it.length(), snapshot.names().byIndex().get(it.ifIndex())))
                .toList();
        return commands.isEmpty()
                ? Optional.empty()
                : Optional.of(String.join("; ", commands) + "    # or give the pods another network");
    }

    static Stream<Diagnosis> overlap(Snapshot snapshot) {
        return snapshot.surroundings().host().overlap().stream()
                .map(why -> Diagnosis.of(Check.NETWORK_OVERLAP, why)
                        .seen("ip route, ip address", "see above")
                        .remedied("nothing to do if that is intended; else use another network: "
                                + snapshot.configure("{\"Network\":\"…\",\"Backend\":"
                                        + snapshot.network()
                                                .map(NetworkConfig::redactedBackend)
                                                .orElse("{}") + "}")));
    }

    static Stream<Diagnosis> subnetConflict(Snapshot snapshot) {
        String conflict = snapshot.own()
                .map(own -> HostGuard.conflict(snapshot.surroundings().host(), own.cidrs()))
                .orElse("");
        return conflict.isEmpty()
                ? Stream.empty()
                : Stream.of(Diagnosis.of(Check.SUBNET_CONFLICT, conflict)
                        .seen("this node's lease", snapshot.own().get().words())
                        .with("configure", "")
                        .remedied("give this node another subnet, or the pods another network"));
    }
}

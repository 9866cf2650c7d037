package jflannel.backend;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.lease.Announcement;
import jflannel.lease.BackendType;
import jflannel.lease.ConfigException;
import jflannel.lease.Lease;
import jflannel.lease.LeasedSubnet;
import jflannel.lease.NetworkConfig;
import jflannel.names.Names;

/// A host that takes part without flanneld: what its key in the store says, and the commands of ip(8) and bridge(8) by
/// which it reaches the others. They do what the backend of this program does on the other hosts.
public record StaticPeer(NetworkConfig network, Lease lease) {
    /// @param mac of its vxlan device; empty for the one that flanneld would choose
    /// @throws ConfigException if no host can take part without flanneld
    public static StaticPeer of(
            NetworkConfig network, List<Cidr> subnets, Map<Family, Ip> publicIps, Optional<Mac> mac) {
        requireKernel(network);
        Map<Family, String> data = new EnumMap<>(Family.class);
        if (network.type() == BackendType.VXLAN) {
            int vni = VxlanOptions.of(network).vni();
            for (Cidr subnet : subnets) {
                Family family = subnet.family();
                Ip outer = Optional.ofNullable(publicIps.get(family))
                        .orElseGet(() -> publicIps.values().iterator().next());
                Mac own = mac.orElseGet(() -> VxlanDevices.derived(Names.DEFAULT.vxlan(family, vni), outer));
                data.put(family, new VtepData(OptionalInt.of(vni), own).json());
            }
        } else if (mac.isPresent()) {
            throw new ConfigException("--vtep-mac", mac.get(), "Only peers of vxlan have one: omit it.");
        }
        Announcement announced = new Announcement(publicIps, network.type().title(), data);
        return new StaticPeer(network, new Lease(subnets, announced));
    }

    private static void requireKernel(NetworkConfig network) {
        switch (network.type()) {
            case VXLAN, HOST_GW -> {}
            case UDP ->
                throw new ConfigException(
                        "The backend is udp, whose packets pass through flanneld: a host needs one to take part. Use"
                                + " vxlan or host-gw.");
            case ALLOC ->
                throw new ConfigException("The backend is alloc, which routes to no host: there are no peers.");
        }
    }

    /// A shell script for the host. Running it again puts right what has changed; it removes nothing.
    ///
    /// @param others all leases that count; its own may be among them
    public List<String> script(List<Lease> others) {
        requireKernel(network);
        List<String> lines = new ArrayList<>(List.of(
                "#!/bin/sh -e",
                "# connects this host, which has " + lease.words() + ", to the pods of all others as of now",
                "uplink=${1:-eth0} # the interface to the other hosts"));
        if (network.type() == BackendType.VXLAN) {
            lease.subnets().forEach(subnet -> lines.addAll(device(subnet)));
        }
        for (Lease other : others) {
            if (!other.overlaps(lease)) {
                other.subnets().stream()
                        .filter(it -> lease.subnet(it.cidr().family()).isPresent())
                        .forEach(it -> lines.addAll(reach(it)));
            }
        }
        return lines;
    }

    private List<String> device(LeasedSubnet own) {
        VxlanOptions options = VxlanOptions.of(network);
        String name = Names.DEFAULT.vxlan(own.cidr().family(), options.vni());
        return List.of(
                ("ip link show %s >/dev/null 2>&1 || ip link add %s address %s type vxlan id %d local %s dev \"$uplink\""
                                + " dstport %d nolearning")
                        .formatted(
                                name,
                                name,
                                VtepData.parse(own.backendData()).mac(),
                                options.vni(),
                                own.publicIp(),
                                options.port()),
                "ip address replace %s dev %s".formatted(Cidr.host(own.cidr().address()), name),
                "ip link set %s up".formatted(name));
    }

    private List<String> reach(LeasedSubnet other) {
        Cidr cidr = other.cidr();
        if (network.type() == BackendType.HOST_GW) {
            return List.of("ip route replace %s via %s".formatted(cidr, other.publicIp()));
        }
        Mac mac = VtepData.parse(other.backendData() == null ? "{}" : other.backendData())
                .mac();
        String name =
                Names.DEFAULT.vxlan(cidr.family(), VxlanOptions.of(network).vni());
        return List.of(
                "ip neigh replace %s lladdr %s dev %s nud permanent".formatted(cidr.address(), mac, name),
                "bridge fdb replace %s dev %s dst %s self permanent".formatted(mac, name, other.publicIp()),
                "ip route replace %s via %s dev %s onlink".formatted(cidr, cidr.address(), name));
    }
}

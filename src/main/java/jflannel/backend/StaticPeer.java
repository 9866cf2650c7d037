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
import jflannel.kernel.IpTunnel;
import jflannel.kernel.Route;
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
            case VXLAN, HOST_GW, IPIP -> {}
            case UDP ->
                throw new ConfigException(
                        "The backend is udp, whose packets pass through flanneld: a host needs one to take part. Use"
                                + " vxlan or host-gw.");
            case WIREGUARD ->
                throw new ConfigException(
                        "The backend is wireguard, whose nodes know each other by their keys: a host needs flanneld to"
                                + " take part.");
            case IPSEC ->
                throw new ConfigException(
                        "The backend is ipsec, whose nodes negotiate keys: a host needs flanneld and charon to take"
                                + " part.");
            case AWS_VPC, GCE, TENCENT_VPC, ALI_VPC ->
                throw new ConfigException(
                        "The backend is %s: a host without flanneld needs a route in the cloud's table."
                                .formatted(network.type().title()));
            case EXTENSION ->
                throw new ConfigException("The backend is extension: only the administrator knows what its commands do."
                        + " Run them on the host, with its lease in the environment.");
            case ALLOC ->
                throw new ConfigException("The backend is alloc, which routes to no host: there are no peers.");
        }
    }

    /// A shell script for the host. Running it again puts right what has changed, and removes what led to hosts that
    /// are gone: its routes are marked as flanneld's are, and on its vxlan device all is its own.
    ///
    /// @param others all leases that count; its own may be among them
    public List<String> script(List<Lease> others) {
        requireKernel(network);
        List<String> lines = new ArrayList<>(List.of(
                "#!/bin/sh -e",
                "# connects this host, which has " + lease.words() + ", to the pods of all others as of now",
                "uplink=${1:-eth0} # the interface to the other hosts"));
        List<LeasedSubnet> reached = others.stream()
                .filter(other -> !other.overlaps(lease))
                .flatMap(other -> other.subnets().stream())
                .filter(it -> lease.subnet(it.cidr().family()).isPresent())
                .toList();
        lease.subnets().forEach(subnet -> lines.addAll(device(subnet)));
        lines.addAll(removal(reached));
        reached.forEach(it -> lines.addAll(reach(it)));
        return lines;
    }

    /// What leads to hosts that are not in the list goes before the others' entries come, which may be alike.
    private List<String> removal(List<LeasedSubnet> reached) {
        StringBuilder wanted = new StringBuilder(" ");
        reached.forEach(it -> wanted.append(it.cidr()).append(' '));
        if (network.type() == BackendType.VXLAN) {
            reached.forEach(it -> wanted.append(mac(it)).append(' '));
        }
        List<String> lines = new ArrayList<>(
                List.of(
                        "wanted=\"" + wanted + "\"",
                        "unwanted() { while read -r first rest; do case $wanted in *\" $first$1\"*) ;; *) echo \"$first\" ;; esac; done; }"));
        for (LeasedSubnet own : lease.subnets()) {
            Family family = own.cidr().family();
            String ip = family == Family.IPV4 ? "ip -4" : "ip -6";
            String each = " | while read -r it; do ";
            lines.add("%s route show proto %d | unwanted ' '%s%s route del \"$it\" proto %d; done"
                    .formatted(ip, Route.OURS, each, ip, Route.OURS));
            if (network.type() == BackendType.VXLAN) {
                String dev = "dev " + tunnel(family);
                lines.add("%s neigh show %s nud permanent | unwanted /%s%s neigh del \"$it\" %s; done"
                        .formatted(ip, dev, each, ip, dev));
                lines.add("bridge fdb show %s | sed -n '/ dst /p' | unwanted ' '%sbridge fdb del \"$it\" %s self; done"
                        .formatted(dev, each, dev));
            }
        }
        return lines;
    }

    private String tunnel(Family family) {
        return Names.DEFAULT.vxlan(family, VxlanOptions.of(network).vni());
    }

    private static Mac mac(LeasedSubnet peer) {
        return VtepData.parse(peer.backendData() == null ? "{}" : peer.backendData())
                .mac();
    }

    private List<String> device(LeasedSubnet own) {
        return switch (network.type()) {
            case VXLAN -> vxlan(own);
            case IPIP -> ipip(own);
            default -> List.of();
        };
    }

    private List<String> ipip(LeasedSubnet own) {
        Family outer = outer(own);
        String name = ipipDevice(own.cidr().family());
        String kind = outer == Family.IPV6
                ? "ip6tnl external"
                : (own.cidr().family() == Family.IPV4 ? "ipip mode ipip" : "sit mode ip6ip")
                        + " local %s ttl inherit nopmtudisc".formatted(own.publicIp());
        return List.of(
                "ip link show %s >/dev/null 2>&1 || ip link add %s type %s".formatted(name, name, kind),
                "mtu=$(ip -o link show \"$uplink\" | sed 's/.* mtu \\([0-9]*\\) .*/\\1/')",
                "ip link set %s mtu $((mtu - %d)) up".formatted(name, outer.headerBytes()),
                "ip address replace %s dev %s".formatted(Cidr.host(own.cidr().address()), name));
    }

    /// One device carries both families inside IPv6.
    private String ipipDevice(Family inner) {
        LeasedSubnet first = lease.subnets().getFirst();
        boolean both = outer(first) == Family.IPV6 && outer(lease.subnet(inner).orElseThrow()) == Family.IPV6;
        return Names.DEFAULT.ipip(both ? first.cidr().family() : inner);
    }

    private static Family outer(LeasedSubnet own) {
        return own.publicIp().family();
    }

    private List<String> vxlan(LeasedSubnet own) {
        VxlanOptions options = VxlanOptions.of(network);
        String name = tunnel(own.cidr().family());
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
            return List.of("ip route replace %s via %s proto %d".formatted(cidr, other.publicIp(), Route.OURS));
        }
        if (network.type() == BackendType.IPIP) {
            return List.of(ipipRoute(cidr, other.publicIp()));
        }
        Mac mac = mac(other);
        String name = tunnel(cidr.family());
        return List.of(
                "ip neigh replace %s lladdr %s dev %s nud permanent".formatted(cidr.address(), mac, name),
                "bridge fdb replace %s dev %s dst %s self permanent".formatted(mac, name, other.publicIp()),
                "ip route replace %s via %s dev %s onlink proto %d".formatted(cidr, cidr.address(), name, Route.OURS));
    }

    private String ipipRoute(Cidr cidr, Ip host) {
        String name = ipipDevice(cidr.family());
        if (host.family() == Family.IPV6) {
            Ip source = lease.subnet(cidr.family()).orElseThrow().publicIp();
            return "ip route replace %s encap ip6 src %s dst %s dev %s proto %d"
                    .formatted(cidr, source, host, name, Route.OURS);
        }
        Object gateway = cidr.family() == Family.IPV4 ? host : IpTunnel.gatewayTo(host);
        return "ip route replace %s via %s dev %s onlink proto %d".formatted(cidr, gateway, name, Route.OURS);
    }
}

package jflannel.backend;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.lease.LeaseEvent;
import jflannel.lease.NetworkConfig;
import jflannel.lease.Peers;
import jflannel.testing.Believed;
import jflannel.underlay.HostNetworks;
import jflannel.underlay.Underlay;

/// One-line builders for a cluster as one of its nodes, 192.0.2.1 on eth0, sees it.
final class Cluster {
    private Cluster() {}

    static NetworkConfig config(String backend) {
        return NetworkConfig.parse("test", "{\"Network\":\"10.5.0.0/16\",\"Backend\":" + backend + "}");
    }

    static NetworkConfig dualConfig(String backend) {
        return NetworkConfig.parse(
                "test",
                "{\"Network\":\"10.5.0.0/16\",\"EnableIPv6\":true,\"IPv6Network\":\"fd05::/48\",\"Backend\":" + backend
                        + "}");
    }

    static Underlay underlay(String... addresses) {
        Map<Family, Ip> byFamily = byFamily(Stream.of(addresses).map(Ip::parse).toList());
        return new Underlay("eth0", 1500, byFamily, byFamily);
    }

    /// A host with its store at an address among the pods.
    static HostNetworks hostWithStore(String address) {
        return new HostNetworks(
                Set.of(Cidr.parse("10.5.0.0/16")),
                List.of(),
                List.of(),
                new TreeMap<>(Map.of(Ip.parse(address), new HostNetworks.Need("the store", false))),
                Set.of(),
                List.of(),
                Set.of(),
                false);
    }

    /// `lease("vxlan", "10.5.2.0/24", "192.0.2.2", data)`: a peer or oneself.
    static Lease lease(String type, String cidr, String publicIp, String... data) {
        Cidr subnet = Cidr.parse(cidr);
        Ip ip = Ip.parse(publicIp);
        return new Lease(
                List.of(subnet),
                new Announcement(
                        Map.of(ip.family(), ip), type, data.length == 0 ? Map.of() : Map.of(subnet.family(), data[0])));
    }

    static Lease dualLease(String type, String v4, String v6, String publicV4, String publicV6, String... data) {
        Map<Family, String> byFamily = data.length == 0 ? Map.of() : Map.of(Family.IPV4, data[0], Family.IPV6, data[1]);
        return new Lease(
                List.of(Cidr.parse(v4), Cidr.parse(v6)),
                new Announcement(byFamily(List.of(Ip.parse(publicV4), Ip.parse(publicV6))), type, byFamily));
    }

    /// This node, with subnets of both families.
    static Lease dualOwn() {
        return dualLease("vxlan", "10.5.1.0/24", "fd05:0:0:1::/64", "192.0.2.1", "2001:db8::1");
    }

    /// Another such node, with a vxlan device for each family.
    static Lease dualPeer() {
        return dualLease(
                "vxlan",
                "10.5.2.0/24",
                "fd05:0:0:2::/64",
                "192.0.2.2",
                "2001:db8::2",
                vtep("82:4b:b6:2f:54:4e"),
                vtep("82:4b:b6:2f:54:4f"));
    }

    static String vtep(String mac) {
        return "{\"VNI\":1,\"VtepMAC\":\"" + mac + "\"}";
    }

    static Peers peers(Lease... leases) {
        return Believed.after(Believed.NOBODY, new LeaseEvent.Resync(Set.copyOf(Arrays.asList(leases))));
    }

    private static Map<Family, Ip> byFamily(List<Ip> ips) {
        Map<Family, Ip> byFamily = new EnumMap<>(Family.class);
        ips.forEach(ip -> byFamily.put(ip.family(), ip));
        return byFamily;
    }
}

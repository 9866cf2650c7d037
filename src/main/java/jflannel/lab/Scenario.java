package jflannel.lab;

import java.util.Optional;
import java.util.Set;
import jflannel.ip.Family;
import jflannel.lease.BackendType;

/// A way of carrying packets that the lab can show, and its peculiarities.
public enum Scenario {
    /// The kernel takes leaving packets off `flannel0` before a capture there would see them.
    UDP("udp", "{\"Type\":\"udp\"}", null),
    UDP_DAEMON("udp-daemon", "{\"Type\":\"udp\",\"DataPath\":\"daemon\"}", "flannel0"),
    VXLAN("vxlan", "{\"Type\":\"vxlan\"}", "flannel.1"),
    VXLAN_DIRECT("vxlan-direct", "{\"Type\":\"vxlan\",\"DirectRouting\":true}", null),
    VXLAN_EXTERNAL("vxlan-external", "{\"Type\":\"vxlan\",\"External\":true}", "flannel.1"),
    WIREGUARD("wireguard", "{\"Type\":\"wireguard\"}", "flannel-wg"),
    HOST_GW("host-gw", "{\"Type\":\"host-gw\"}", null),
    IPIP("ipip", "{\"Type\":\"ipip\"}", "flannel.ipip"),
    EXTENSION(
            "extension",
            "{\"Type\":\"extension\",\"SubnetAddCommand\":\"$examples/extension/host-gw add\","
                    + "\"SubnetRemoveCommand\":\"$examples/extension/host-gw remove\"}",
            null),
    IPSEC("ipsec", "{\"Type\":\"ipsec\",\"PSK\":\"%s\"}".formatted("lab".repeat(32)), null),
    ALLOC("alloc", "{\"Type\":\"alloc\"}", null),
    AWS_VPC("aws-vpc", "{\"Type\":\"aws-vpc\",\"ReconcilePeriod\":5}", null),
    GCE("gce", "{\"Type\":\"gce\",\"ReconcilePeriod\":5}", null),
    TENCENT_VPC("tencent-vpc", "{\"Type\":\"tencent-vpc\",\"ReconcilePeriod\":5}", null),
    ALI_VPC("ali-vpc", "{\"Type\":\"ali-vpc\",\"ReconcilePeriod\":5}", null);

    private final String title;
    private final String backend;
    private final String tunnel;

    Scenario(String title, String backend, String tunnel) {
        this.title = title;
        this.backend = backend;
        this.tunnel = tunnel;
    }

    /// The name on the command line and in reports.
    public String title() {
        return title;
    }

    /// The value of `Backend` in the network configuration, as JSON.
    String backend() {
        return backend.replace("$examples", Distribution.examples().toString());
    }

    /// What leases say: the name of the backend.
    public String type() {
        return backend.replaceFirst(".*\"Type\":\"([^\"]*)\".*", "$1");
    }

    /// How `ip` names the protocol of the routes to other nodes.
    public String routeProtocol() {
        return this == EXTENSION ? "static" : "102";
    }

    /// The device that wraps packets between nodes on one link, if any does and shows them. An external one
    /// serves both families.
    Optional<String> tunnel(Family family) {
        return Optional.ofNullable(tunnel)
                .map(name -> family == Family.IPV6 && this != VXLAN_EXTERNAL
                        ? name.replace("flannel.", "flannel-v6.")
                        : name);
    }

    /// True if packets between nodes pass the lab's router, as they would in a cloud.
    boolean routedByCloud() {
        return this == ALLOC || cloud().isPresent();
    }

    /// True if the lab can show it with pods of these families: a cloud's API has an IPv4 address there.
    boolean carries(Set<Family> families) {
        return cloud().isEmpty()
                || families.contains(Family.IPV4) && (this != TENCENT_VPC || !families.contains(Family.IPV6));
    }

    /// The backend whose cloud the lab stands in for, if flanneld puts routes into a cloud's table.
    public Optional<BackendType> cloud() {
        return switch (this) {
            case AWS_VPC -> Optional.of(BackendType.AWS_VPC);
            case GCE -> Optional.of(BackendType.GCE);
            case TENCENT_VPC -> Optional.of(BackendType.TENCENT_VPC);
            case ALI_VPC -> Optional.of(BackendType.ALI_VPC);
            default -> Optional.empty();
        };
    }
}

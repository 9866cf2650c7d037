package jflannel.lab;

import java.util.Collection;
import java.util.Comparator;
import java.util.stream.Collectors;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;

/// The addresses of the lab: those used in explanations of flannel for years, so that readers can try them here.
/// Nodes count from 1.
final class LabAddresses {
    static final int MOST_NODES = 100;

    private static final Cidr LINK_V4 = Cidr.parse("10.168.0.0/24");
    private static final Cidr LINK_V6 = Cidr.parse("fd00:10:168::/64");
    private static final Cidr NETWORK_V4 = Cidr.parse("100.96.0.0/16");
    private static final Cidr NETWORK_V6 = Cidr.parse("fd00:100:96::/48");

    private LabAddresses() {}

    /// The network of the nodes.
    static Cidr link(Family family) {
        return family == Family.IPV4 ? LINK_V4 : LINK_V6;
    }

    /// The network of the pods.
    static Cidr network(Family family) {
        return family == Family.IPV4 ? NETWORK_V4 : NETWORK_V6;
    }

    static Ip router(Family family) {
        return link(family).address().plus(1);
    }

    static Ip node(int number, Family family) {
        return link(family).address().plus(1L + number);
    }

    static Ip store(Family family) {
        return link(family).address().plus(254);
    }

    /// The subnet that is reserved for a node: 100.96.2.0/24 or fd00:100:96:2::/64 for node 2.
    static Cidr subnet(int node, Family family) {
        Ip network = network(family).address();
        return family == Family.IPV4
                ? new Cidr(network.plus((long) node << 8), 24)
                : new Cidr(new Ip(family, network.high() + node, 0), 64);
    }

    /// The pod of a node whose subnet is `subnet`: container-1 is 100.96.1.2, but container-2 is 100.96.2.3.
    static Ip pod(int node, Cidr subnet) {
        return subnet.address().plus(node == 2 ? 3 : 2);
    }

    /// The last part of the key of a node's lease: `100.96.2.0-24&fd00:100:96:2::-64`.
    static String leaseKey(int node, Collection<Family> families) {
        return families.stream()
                .sorted(Comparator.naturalOrder())
                .map(family -> subnet(node, family).toString().replace('/', '-'))
                .collect(Collectors.joining("&"));
    }

    /// The value that keeps a lease's key for a node: its public addresses and nothing else.
    static String reservation(int node, Collection<Family> families) {
        String v4 = families.contains(Family.IPV4) ? node(node, Family.IPV4).toString() : "0.0.0.0";
        String v6 = families.contains(Family.IPV6) ? ",\"PublicIPv6\":\"" + node(node, Family.IPV6) + "\"" : "";
        return "{\"PublicIP\":\"" + v4 + "\"" + v6 + "}";
    }

    /// `address/length` for a device with an address in `block`.
    static String onLink(Ip address, Cidr block) {
        return address + "/" + block.length();
    }
}

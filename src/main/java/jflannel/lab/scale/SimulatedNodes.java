package jflannel.lab.scale;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import jflannel.ip.Family;
import jflannel.lab.Lab;
import jflannel.lab.LabSetup;
import jflannel.lab.Scenario;

/// Nodes that exist only as leases in the store, each with subnets, public addresses and MAC addresses of its own.
///
/// @param families of the leases
/// @param nftables firewall rules are made by nftables instead of iptables
/// @param kube flanneld finds them in the Kubernetes API instead of etcd
/// @param external routes carry the tunnel's end
record SimulatedNodes(Set<Family> families, boolean nftables, boolean kube, boolean external) {
    /// So many subnets of 24 bits does 100.0.0.0/8 hold beside its first. The lab's own networks lie elsewhere.
    static final int MOST = 65_000;

    /// A lab of one node, to run among the simulated ones.
    Lab lab(UnaryOperator<LabSetup> more) throws IOException {
        LabSetup setup = LabSetup.of(Scenario.VXLAN)
                .withNodes(1)
                .withFamilies(families)
                .withNftables(nftables)
                .withReservations(false)
                .withConfig(networkConfig());
        LabSetup whole = more.apply(setup);
        return Lab.prepared(kube ? KubeRegistry.in(whole) : whole, Lab.Progress.NONE);
    }

    /// @param lab made by [#lab]
    NodeRegistry registry(Lab lab) throws IOException {
        return kube ? new KubeRegistry(lab, this) : new EtcdRegistry(lab);
    }

    /// The JSON for `<prefix>/config`.
    String networkConfig() {
        return "{%s%s%s\"Backend\":{\"Type\":\"vxlan\"%s}}"
                .formatted(
                        families.contains(Family.IPV4) ? "\"Network\":\"100.0.0.0/8\"," : "\"EnableIPv4\":false,",
                        families.contains(Family.IPV6) ? "\"EnableIPv6\":true,\"IPv6Network\":\"fd00:10::/32\"," : "",
                        nftables ? "\"EnableNFTables\":true," : "",
                        external ? ",\"External\":true" : "");
    }

    /// The leases from the `first` on, by the keys below the prefix.
    Map<String, String> leases(int first, int count) {
        Map<String, String> leases = new LinkedHashMap<>();
        for (int i = first; i < first + count; i++) {
            leases.put("subnets/" + key(i), value(i));
        }
        return leases;
    }

    /// The subnets of a simulated node, as Kubernetes writes them.
    List<String> podCidrs(int i) {
        return families.stream()
                .map(family -> family == Family.IPV4 ? subnetV4(i) + "/24" : subnetV6(i) + "/64")
                .toList();
    }

    /// What a simulated node announces in Kubernetes, by the annotation's name without its prefix.
    Map<String, String> annotations(int i) {
        Map<String, String> annotations = new LinkedHashMap<>();
        annotations.put("backend-type", "vxlan");
        annotations.put("kube-subnet-manager", "true");
        if (families.contains(Family.IPV4)) {
            annotations.put("public-ip", publicV4(i));
            annotations.put("backend-data", vtep(4, i));
        }
        if (families.contains(Family.IPV6)) {
            annotations.put("public-ipv6", publicV6(i));
            annotations.put("backend-v6-data", vtep(6, i));
        }
        return annotations;
    }

    private String key(int i) {
        String v4 = subnetV4(i) + "-24";
        String v6 = subnetV6(i) + "-64";
        return !families.contains(Family.IPV6) ? v4 : !families.contains(Family.IPV4) ? v6 : v4 + "&" + v6;
    }

    private static String subnetV4(int i) {
        return "100.%d.%d.0".formatted(i >> 8, i & 0xff);
    }

    private static String subnetV6(int i) {
        return "fd00:10:%x:%x::".formatted(1 + (i >> 8), 1 + (i & 0xff));
    }

    private static String publicV4(int i) {
        return "172.16.%d.%d".formatted(i >> 8, i & 0xff);
    }

    private static String publicV6(int i) {
        return "fd00:172::%x".formatted(i);
    }

    private String value(int i) {
        StringBuilder json = new StringBuilder("{\"PublicIP\":\"%s\",\"PublicIPv6\":%s,\"BackendType\":\"vxlan\""
                .formatted(
                        families.contains(Family.IPV4) ? publicV4(i) : "0.0.0.0",
                        families.contains(Family.IPV6) ? "\"" + publicV6(i) + "\"" : "null"));
        if (families.contains(Family.IPV4)) {
            json.append(",\"BackendData\":").append(vtep(4, i));
        }
        if (families.contains(Family.IPV6)) {
            json.append(",\"BackendV6Data\":").append(vtep(6, i));
        }
        return json.append('}').toString();
    }

    private static String vtep(int family, int i) {
        return "{\"VNI\":1,\"VtepMAC\":\"02:00:0%d:00:%02x:%02x\"}".formatted(family, i >> 8, i & 0xff);
    }
}

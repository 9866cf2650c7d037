package jflannel.lab.scale;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import jflannel.ip.Family;

/// Nodes that exist only as leases in the store, each with subnets, public addresses and MAC addresses of its own.
///
/// @param families of the leases
/// @param nftables firewall rules are made by nftables instead of iptables
record Crowd(Set<Family> families, boolean nftables) {
    /// So many subnets of 24 bits does 10.0.0.0/8 hold beside its first.
    static final int MOST = 65_000;

    /// The JSON for `<prefix>/config`.
    String networkConfig() {
        return "{%s%s%s\"Backend\":{\"Type\":\"vxlan\"}}"
                .formatted(
                        families.contains(Family.IPV4) ? "\"Network\":\"10.0.0.0/8\"," : "\"EnableIPv4\":false,",
                        families.contains(Family.IPV6) ? "\"EnableIPv6\":true,\"IPv6Network\":\"fd00:10::/32\"," : "",
                        nftables ? "\"EnableNFTables\":true," : "");
    }

    /// The leases from the `first` on, by the keys below the prefix.
    Map<String, String> leases(int first, int count) {
        Map<String, String> leases = new LinkedHashMap<>();
        for (int i = first; i < first + count; i++) {
            leases.put("subnets/" + key(i), value(i));
        }
        return leases;
    }

    private String key(int i) {
        String v4 = "10.%d.%d.0-24".formatted(i >> 8, i & 0xff);
        String v6 = "fd00:10:%x:%x::-64".formatted(1 + (i >> 8), 1 + (i & 0xff));
        return !families.contains(Family.IPV6) ? v4 : !families.contains(Family.IPV4) ? v6 : v4 + "&" + v6;
    }

    private String value(int i) {
        StringBuilder json = new StringBuilder("{\"PublicIP\":\"%s\",\"PublicIPv6\":%s,\"BackendType\":\"vxlan\""
                .formatted(
                        families.contains(Family.IPV4) ? "172.16.%d.%d".formatted(i >> 8, i & 0xff) : "0.0.0.0",
                        families.contains(Family.IPV6) ? "\"fd00:172::%x\"".formatted(i) : "null"));
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

package jflannel.control;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import jflannel.ip.Family;
import jflannel.linux.Sysctl;

/// Checks whether the kernel forwards packets at all. Whoever switched that off may have meant it, perhaps as the
/// only protection, so it is reported and not changed.
final class Forwarding {
    private Forwarding() {}

    /// What keeps pods' packets from being forwarded, in words for an operator; empty if nothing does.
    ///
    /// @param bridged true if rules of iptables must see packets between pods of this node
    /// @param arrivals devices by which packets of other nodes arrive; IPv6 has no setting of its own for each
    /// @throws IOException if a setting cannot be read
    static String obstacle(Set<Family> families, boolean bridged, Set<String> arrivals) throws IOException {
        List<String> off = new ArrayList<>();
        if (families.contains(Family.IPV4)) {
            expect("net/ipv4/ip_forward", off);
            for (String device : off.isEmpty() ? arrivals : Set.<String>of()) { // all follow that one
                expect("net/ipv4/conf/" + device + "/forwarding", off);
            }
        }
        if (families.contains(Family.IPV6)) {
            expect("net/ipv6/conf/all/forwarding", off);
        }
        if (bridged) {
            for (Family family : families) {
                expect("net/bridge/bridge-nf-call-" + (family == Family.IPV4 ? "iptables" : "ip6tables"), off);
            }
        }
        return off.isEmpty() ? "" : "the kernel's " + String.join(" and ", off) + " should be 1: set it with sysctl -w";
    }

    private static void expect(String setting, List<String> off) throws IOException {
        Optional<String> value = Sysctl.read(setting);
        if (value.isPresent() && value.get().equals("0")) {
            off.add(setting.contains(".") ? setting : setting.replace('/', '.')); // as sysctl(8) takes names with dots
        }
    }
}

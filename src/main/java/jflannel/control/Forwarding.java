package jflannel.control;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import jflannel.ip.Family;
import jflannel.linux.Sysctl;

/// Checks whether the kernel forwards packets at all. Whoever switched that off may have meant it, perhaps as the
/// only protection, so it is reported and not changed.
final class Forwarding {
    private final List<String> off = new ArrayList<>();
    private final List<String> on = new ArrayList<>();

    private Forwarding() {}

    /// What keeps pods' packets from being forwarded, in words for an operator; empty if nothing does.
    ///
    /// @param bridged true if rules of iptables must see packets between pods of this node
    /// @param arrivals devices by which packets of other nodes arrive; IPv6 has no setting of its own for each
    /// @param bridges devices by which packets of this node's pods arrive
    /// @throws IOException if a setting cannot be read
    static String obstacle(
            Set<Family> families, boolean bridged, Collection<String> arrivals, Collection<String> bridges)
            throws IOException {
        Forwarding settings = new Forwarding();
        if (families.contains(Family.IPV4)) {
            settings.expectOn("net/ipv4/ip_forward");
            if (settings.off.isEmpty()) { // all follow that one
                for (String device : distinct(arrivals, bridges)) {
                    settings.expectOn("net/ipv4/conf/" + device + "/forwarding");
                }
            }
        }
        if (families.contains(Family.IPV6)) {
            settings.expectOn("net/ipv6/conf/all/forwarding");
            for (String bridge : bridges) {
                settings.expectOff("net/ipv6/conf/" + bridge + "/disable_ipv6");
            }
        }
        if (bridged) {
            for (Family family : families) {
                settings.expectOn("net/bridge/bridge-nf-call-" + (family == Family.IPV4 ? "iptables" : "ip6tables"));
            }
        }
        return settings.words();
    }

    private static Set<String> distinct(Collection<String> some, Collection<String> others) {
        Set<String> all = new TreeSet<>(some);
        all.addAll(others);
        return all;
    }

    private void expectOn(String setting) throws IOException {
        if (Sysctl.read(setting).filter("0"::equals).isPresent()) {
            off.add(name(setting));
        }
    }

    private void expectOff(String setting) throws IOException {
        if (Sysctl.read(setting).filter("1"::equals).isPresent()) {
            on.add(name(setting));
        }
    }

    /// As sysctl(8) takes it: with dots, unless there are some in the name of a device.
    private static String name(String setting) {
        return setting.contains(".") ? setting : setting.replace('/', '.');
    }

    private String words() {
        if (off.isEmpty() && on.isEmpty()) {
            return "";
        }
        String ones = off.isEmpty() ? "" : String.join(" and ", off) + " should be 1";
        String zeros = on.isEmpty() ? "" : String.join(" and ", on) + " should be 0";
        return "the kernel's " + ones + (ones.isEmpty() || zeros.isEmpty() ? "" : ", and ") + zeros
                + ": set it with sysctl -w";
    }
}

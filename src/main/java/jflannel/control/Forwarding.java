package jflannel.control;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import jflannel.firewall.BridgeNetfilter;
import jflannel.ip.Family;
import jflannel.linux.Sysctl;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.underlay.HostNetworks;

/// Checks whether the kernel forwards packets at all. Whoever switched that off may have meant it, perhaps as the
/// only protection, so it is reported and not changed.
public final class Forwarding {
    private final Sysctl.Source settings;
    private final List<Wrong> wrong = new ArrayList<>();

    private Forwarding(Sysctl.Source settings) {
        this.settings = settings;
    }

    /// A setting that keeps packets from being forwarded.
    ///
    /// @param name with slashes
    /// @param wanted the value that it should have
    public record Wrong(String name, String wanted) {}

    /// Shows on the board what keeps pods' packets from being forwarded.
    static void show(Overlay overlay, HostNetworks host, Board board) {
        try {
            board.set(
                    Condition.FORWARDING_OFF,
                    obstacle(
                            overlay.network().pools().keySet(),
                            !overlay.network().nftables(),
                            overlay.arrivals(),
                            host.podBridges()));
        } catch (IOException e) {
            board.raise(Condition.FORWARDING_OFF, e.getMessage());
        }
    }

    /// What keeps pods' packets from being forwarded, in words for an operator; empty if nothing does. As [#wrong].
    static String obstacle(
            Set<Family> families, boolean bridged, Collection<String> arrivals, Collection<String> bridges)
            throws IOException {
        List<Wrong> wrong = wrong(families, bridged, arrivals, bridges, Sysctl::read);
        if (wrong.isEmpty()) {
            return "";
        }
        String ones = words(wrong, "1");
        String zeros = words(wrong, "0");
        return "the kernel's " + ones + (ones.isEmpty() || zeros.isEmpty() ? "" : ", and ") + zeros
                + ": set it with sysctl -w";
    }

    private static String words(List<Wrong> wrong, String value) {
        List<String> names = wrong.stream()
                .filter(it -> it.wanted.equals(value))
                .map(it -> Sysctl.dotted(it.name))
                .toList();
        return names.isEmpty() ? "" : names.stream().collect(Collectors.joining(" and ")) + " should be " + value;
    }

    /// The settings that keep pods' packets from being forwarded.
    ///
    /// @param bridged true if rules of iptables must see packets between pods of this node
    /// @param arrivals devices by which packets of other nodes arrive; IPv6 has no setting of its own for each
    /// @param bridges devices by which packets of this node's pods arrive
    /// @throws IOException if a setting cannot be read
    public static List<Wrong> wrong(
            Set<Family> families,
            boolean bridged,
            Collection<String> arrivals,
            Collection<String> bridges,
            Sysctl.Source settings)
            throws IOException {
        Forwarding found = new Forwarding(settings);
        if (families.contains(Family.IPV4)) {
            found.expect("net/ipv4/ip_forward", "1");
            if (found.wrong.isEmpty()) { // all follow that one
                for (String device : distinct(arrivals, bridges)) {
                    found.expect("net/ipv4/conf/" + device + "/forwarding", "1");
                }
            }
        }
        if (families.contains(Family.IPV6)) {
            found.expect("net/ipv6/conf/all/forwarding", "1");
            for (String bridge : bridges) {
                found.expect("net/ipv6/conf/" + bridge + "/disable_ipv6", "0");
            }
        }
        if (bridged) {
            for (Family family : families) {
                found.expect(BridgeNetfilter.setting(family), "1");
            }
        }
        return List.copyOf(found.wrong);
    }

    private static Set<String> distinct(Collection<String> some, Collection<String> others) {
        Set<String> all = new TreeSet<>(some);
        all.addAll(others);
        return all;
    }

    private void expect(String name, String wanted) throws IOException {
        String other = wanted.equals("1") ? "0" : "1";
        if (settings.read(name).filter(other::equals).isPresent()) {
            wrong.add(new Wrong(name, wanted));
        }
    }
}

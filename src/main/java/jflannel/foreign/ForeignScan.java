package jflannel.foreign;

import java.io.IOException;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.InterfaceAddress;
import jflannel.kernel.Kernel;
import jflannel.kernel.Link;
import jflannel.kernel.RouteSocket;
import jflannel.status.Condition;

/// One look at the rules of all other programs on this node.
///
/// @param troubles those in this network's way
/// @param reported the kernel reports changes of all rules
public record ForeignScan(List<Trouble> troubles, boolean reported) {
    /// A rule in this network's way.
    ///
    /// @param condition what the daemon calls it
    /// @param effect who does what to which packets
    /// @param place the rule, and where it is
    /// @param remedy what an operator can do about it
    /// @param single true if it is about a single pod
    public record Found(Condition condition, String effect, String place, String remedy, boolean single) {}

    /// @throws IOException if a tool that is needed fails
    public static ForeignScan of(Traffic traffic) throws IOException {
        RuleTexts.Result texts = RuleTexts.read();
        return new ForeignScan(ForeignRules.find(texts.rules(), traffic, localDevices(traffic)), texts.reported());
    }

    public List<Found> found() {
        return troubles.stream()
                .map(it -> new Found(it.condition(), it.effect(), it.place(), Remedy.of(it), it.isOfOnePod()))
                .toList();
    }

    /// The devices of this node's pods, and the addresses that packets get when they leave on the underlay.
    private static LocalDevices localDevices(Traffic traffic) throws IOException {
        try (Kernel kernel = new RouteSocket()) {
            Map<Integer, Link> links =
                    kernel.links().stream().collect(Collectors.toMap(Link::index, Function.identity()));
            Map<Family, String> bridges = new EnumMap<>(Family.class);
            Map<Family, Ip> primary = new EnumMap<>(Family.class);
            Set<String> tunnels = new HashSet<>(traffic.devices().values());
            for (InterfaceAddress address : kernel.addresses()) {
                Ip ip = address.address().ip();
                Link link = links.get(address.address().ifIndex());
                String name = link == null ? "" : link.name();
                Cidr own = traffic.subnets().get(ip.family());
                if (own != null && own.contains(ip) && !tunnels.contains(name)) {
                    bridges.putIfAbsent(ip.family(), name);
                }
                if (ip.family() == Family.IPV4 && name.equals(traffic.underlay().get(ip.family()))) {
                    primary.putIfAbsent(ip.family(), ip); // the kernel lists it first
                }
            }
            return new LocalDevices(bridges, primary);
        }
    }
}

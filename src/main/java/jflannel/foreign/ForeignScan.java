package jflannel.foreign;

import java.io.IOException;
import java.util.ArrayList;
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

/// One look at the rules of all other programs on this node.
///
/// @param found those in this network's way
/// @param reported the kernel reports all changes that matter
public record ForeignScan(List<Found> found, boolean reported) {
    public ForeignScan {
        found = List.copyOf(found);
    }

    /// @throws IOException if a tool that is needed fails
    public static ForeignScan of(Traffic traffic) throws IOException {
        RuleTexts.Result texts = RuleTexts.read();
        try (Kernel kernel = new RouteSocket()) {
            LocalDevices node = localDevices(kernel, traffic);
            List<Found> found = new ArrayList<>();
            ForeignRules.find(texts.rules(), traffic, node).forEach(trouble -> found.add(trouble.found()));
            found.addAll(Shadows.find(texts.rules(), traffic, node));
            MarkedWays.Result marked = MarkedWays.find(texts.rules(), traffic, node, kernel);
            found.addAll(marked.found());
            return new ForeignScan(found, texts.reported() && !marked.marks());
        }
    }

    /// The devices of this node's pods, and the addresses that packets get when they leave on the underlay.
    private static LocalDevices localDevices(Kernel kernel, Traffic traffic) throws IOException {
        Map<Integer, Link> links = kernel.links().stream().collect(Collectors.toMap(Link::index, Function.identity()));
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

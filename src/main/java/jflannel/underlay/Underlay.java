package jflannel.underlay;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toCollection;

import java.io.IOException;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.Kernel;
import jflannel.kernel.Link;

/// This node's attachment to the network between the nodes: usually one interface, but each family may have its
/// own.
///
/// @param uplinks by family, at least one
public record Underlay(Map<Family, Uplink> uplinks) {
    public Underlay {
        if (uplinks.isEmpty()) {
            throw new IllegalArgumentException("no family");
        }
        uplinks = Collections.unmodifiableMap(new EnumMap<>(uplinks));
    }

    /// One interface for all families.
    public Underlay(String device, int mtu, Map<Family, Ip> addresses, Map<Family, Ip> publicIps) {
        this(byFamily(addresses, family -> new Uplink(device, mtu, addresses.get(family), publicIps.get(family))));
    }

    private static Map<Family, Uplink> byFamily(Map<Family, Ip> addresses, Function<Family, Uplink> uplink) {
        Map<Family, Uplink> uplinks = new EnumMap<>(Family.class);
        addresses.keySet().forEach(family -> uplinks.put(family, uplink.apply(family)));
        return uplinks;
    }

    /// The interface of the first family, IPv4 before IPv6.
    public String device() {
        return all().iterator().next().device();
    }

    /// All interfaces.
    public Set<String> devices() {
        return all().stream().map(Uplink::device).collect(toCollection(LinkedHashSet::new));
    }

    /// The MTU that all interfaces carry, in bytes.
    public int mtu() {
        return all().stream().mapToInt(Uplink::mtu).min().orElseThrow();
    }

    /// This node's own addresses.
    public Map<Family, Ip> addresses() {
        return byUplink(Uplink::address);
    }

    /// The addresses other nodes send to.
    public Map<Family, Ip> publicIps() {
        return byUplink(Uplink::publicIp);
    }

    /// How packets to peers of a family leave; empty if this node has no address of the family.
    public Optional<Uplink> uplink(Family family) {
        return Optional.ofNullable(uplinks.get(family));
    }

    private Map<Family, Ip> byUplink(Function<Uplink, Ip> address) {
        Map<Family, Ip> addresses = new EnumMap<>(Family.class);
        uplinks.forEach((family, uplink) -> addresses.put(family, address.apply(uplink)));
        return Collections.unmodifiableMap(addresses);
    }

    private Collection<Uplink> all() {
        return uplinks.values();
    }

    /// The same, with another MTU on all interfaces, in bytes.
    public Underlay withMtu(int other) {
        return new Underlay(byFamily(addresses(), family -> uplinks.get(family).withMtu(other)));
    }

    /// The same, with the interfaces' current MTUs.
    ///
    /// @throws IOException if one of them is gone
    public Underlay asOfNow(Kernel kernel) throws IOException {
        Map<Family, Uplink> now = new EnumMap<>(Family.class);
        for (Map.Entry<Family, Uplink> entry : uplinks.entrySet()) {
            Uplink uplink = entry.getValue();
            now.put(entry.getKey(), uplink.withMtu(link(kernel, uplink.device()).mtu()));
        }
        return new Underlay(now);
    }

    /// For the log: `eth0 (MTU 1500), 192.0.2.1 known to others as 203.0.113.1`.
    public String words() {
        return devices().stream().map(this::words).collect(joining("; "));
    }

    private String words(String device) {
        return all().stream()
                .filter(uplink -> uplink.device().equals(device))
                .map(Uplink::words)
                .collect(joining(", ", device + " (MTU " + mtu(device) + "), ", ""));
    }

    private int mtu(String device) {
        return all().stream()
                .filter(uplink -> uplink.device().equals(device))
                .mapToInt(Uplink::mtu)
                .min()
                .orElseThrow();
    }

    /// The interfaces in their current state, by family; they may have been replaced since the start.
    ///
    /// @throws IOException if one of them is gone
    public Map<Family, Link> links(Kernel kernel) throws IOException {
        Map<Family, Link> links = new EnumMap<>(Family.class);
        for (Map.Entry<Family, Uplink> entry : uplinks.entrySet()) {
            links.put(entry.getKey(), link(kernel, entry.getValue().device()));
        }
        return links;
    }

    private static Link link(Kernel kernel, String device) throws IOException {
        return kernel.link(device).orElseThrow(() -> new IOException("the interface " + device + " is gone"));
    }
}

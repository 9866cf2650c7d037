package jflannel.underlay;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import jflannel.ip.Family;
import jflannel.ip.Ip;

/// What the administrator specified about the interface that carries traffic between nodes.
///
/// @param names of interfaces, or their addresses; the first one that exists wins (`--iface`)
/// @param regexes that match an address or the name; tried after the names (`--iface-regex`)
/// @param canReach an address that the interface leads to; tried last (`--iface-can-reach`)
/// @param publicIps the addresses that other nodes send to (`--public-ip`, `--public-ipv6`)
public record InterfaceFlags(
        List<String> names, List<Pattern> regexes, Optional<Ip> canReach, Map<Family, Ip> publicIps) {
    public static final InterfaceFlags NONE = new InterfaceFlags(List.of(), List.of(), Optional.empty(), Map.of());

    public InterfaceFlags {
        names = List.copyOf(names);
        regexes = List.copyOf(regexes);
        publicIps = Map.copyOf(publicIps);
    }

    /// The same, with the given public addresses replacing these.
    public InterfaceFlags withPublicIps(Map<Family, Ip> given) {
        Map<Family, Ip> changed = new EnumMap<>(Family.class);
        changed.putAll(publicIps);
        changed.putAll(given);
        return new InterfaceFlags(names, regexes, canReach, changed);
    }
}

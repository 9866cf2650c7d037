package jflannel.underlay;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import jflannel.ip.Family;
import jflannel.ip.Ip;

/// What the administrator says about the interface that carries traffic between nodes.
///
/// @param names of interfaces, or their addresses; the first that is there wins (`--iface`)
/// @param regexes one of which an address or the name contains; tried after the names (`--iface-regex`)
/// @param canReach an address that the interface leads to; tried last (`--iface-can-reach`)
/// @param publicIps the addresses that other nodes send to (`--public-ip`, `--public-ipv6`)
public record Wish(List<String> names, List<Pattern> regexes, Optional<Ip> canReach, Map<Family, Ip> publicIps) {
    public static final Wish NONE = new Wish(List.of(), List.of(), Optional.empty(), Map.of());

    public Wish {
        names = List.copyOf(names);
        regexes = List.copyOf(regexes);
        publicIps = Map.copyOf(publicIps);
    }

    /// True if nothing selects an interface but, perhaps, a public address.
    boolean isSilent() {
        return names.isEmpty() && regexes.isEmpty() && canReach.isEmpty();
    }

    /// As this, with other public addresses where some are given.
    public Wish withPublicIps(Map<Family, Ip> given) {
        Map<Family, Ip> changed = new EnumMap<>(Family.class);
        changed.putAll(publicIps);
        changed.putAll(given);
        return new Wish(names, regexes, canReach, changed);
    }
}

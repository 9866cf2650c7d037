package jflannel.options;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jflannel.lease.Nearest;

/// The environment variables that set flags.
final class Variables {
    /// Variables for some flags in the distributions' settings file, `/etc/sysconfig/flanneld`, the newer name
    /// first.
    private static final Map<Flag<?>, List<String>> SETTINGS_FILE = Map.of(
            Flags.ETCD_ENDPOINTS, List.of("FLANNEL_ETCD_ENDPOINTS", "FLANNEL_ETCD"),
            Flags.ETCD_PREFIX, List.of("FLANNEL_ETCD_PREFIX", "FLANNEL_ETCD_KEY"));

    /// Variables that others may have set: a service unit's flags for the command line, and the lines of
    /// subnet.env.
    private static final List<String> OF_OTHERS = List.of(
            "FLANNEL_OPTIONS",
            "FLANNEL_NETWORK",
            "FLANNEL_SUBNET",
            "FLANNEL_IPV6_NETWORK",
            "FLANNEL_IPV6_SUBNET",
            "FLANNEL_MTU",
            "FLANNEL_IPMASQ");

    private static final Pattern OURS = Pattern.compile("FLANNELD?_", Pattern.CASE_INSENSITIVE);

    /// Kubernetes sets these for a Service called flannel: `FLANNEL_SERVICE_HOST`, `FLANNEL_PORT_443_TCP_ADDR`.
    private static final Pattern OF_A_SERVICE =
            Pattern.compile("FLANNELD?(_\\w+)?_(SERVICE_HOST|SERVICE_PORT(_\\w+)?|PORT_\\d+_(TCP|UDP|SCTP)(_\\w+)?)");

    private Variables() {}

    /// The variables for a flag; if several are set, the first counts.
    static List<String> of(Flag<?> flag) {
        if (flag.equals(Flags.VERSION)) {
            return List.of();
        }
        List<String> names = new ArrayList<>(List.of(usual(flag)));
        names.addAll(SETTINGS_FILE.getOrDefault(flag, List.of()));
        return names;
    }

    private static String usual(Flag<?> flag) {
        return "FLANNELD_" + flag.name().toUpperCase(Locale.ROOT).replace('-', '_');
    }

    /// The variable that sets this flag, if any. An empty one does not count.
    static Optional<String> setting(Flag<?> flag, Map<String, String> environment) {
        return of(flag).stream()
                .filter(name -> !environment.getOrDefault(name, "").isEmpty())
                .findFirst();
    }

    /// A warning for each variable that looks like flannel's but is not.
    static List<String> warnings(Map<String, String> environment) {
        List<String> known = Flags.all().map(Variables::usual).toList();
        List<String> alike = Stream.concat(Flags.all().flatMap(flag -> of(flag).stream()), Stream.of("FLANNEL_OPTIONS"))
                .toList();
        return environment.keySet().stream()
                .sorted()
                .filter(name -> OURS.matcher(name).lookingAt())
                .filter(name -> !known.contains(name) && !alike.contains(name) && !OF_OTHERS.contains(name))
                .filter(name -> !OF_A_SERVICE.matcher(name).matches())
                .filter(name -> !environment.get(name).contains("://") || !name.endsWith("_PORT"))
                .map(name -> "flanneld does not know the variable %s.%s"
                        .formatted(
                                name,
                                Nearest.to(name, alike)
                                        .map(" Did you mean %s?"::formatted)
                                        .orElse("")))
                .toList();
    }
}

package jflannel.doctor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jflannel.firewall.BridgeNetfilter;
import jflannel.inspect.Inspection;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.Address;
import jflannel.kernel.InterfaceAddress;
import jflannel.kernel.Kernel;
import jflannel.kernel.Link;
import jflannel.lease.BackendType;
import jflannel.lease.NetworkConfig;
import jflannel.linux.Sysctl;

/// Reads the kernel's settings, modules and counters, from /proc and /sys.
final class MachineReader {
    private static final Path COUNTERS = Path.of("/proc/thread-self/net/snmp");
    private static final Path IPSEC = Path.of("/proc/thread-self/net/xfrm_stat");
    private static final Path RELEASE = Path.of("/proc/sys/kernel/osrelease");

    private final Kernel kernel;
    private final Inspection flannel;

    MachineReader(Kernel kernel, Inspection flannel) {
        this.kernel = kernel;
        this.flannel = flannel;
    }

    Machine read() throws IOException {
        String release = Files.readString(RELEASE).strip();
        return new Machine(release, settings(), missingModules(release), counters(), offloading());
    }

    private Map<String, String> settings() throws IOException {
        Set<String> names = new LinkedHashSet<>(List.of(
                "net/ipv4/ip_forward",
                "net/ipv4/conf/all/rp_filter",
                "net/ipv6/conf/all/forwarding",
                "net/ipv6/conf/all/disable_ipv6",
                "net/ipv6/conf/default/disable_ipv6",
                "net/ipv4/neigh/default/gc_thresh3",
                BridgeNetfilter.setting(Family.IPV4),
                BridgeNetfilter.setting(Family.IPV6)));
        for (String device : devices()) {
            names.add("net/ipv4/conf/" + device + "/forwarding");
            names.add("net/ipv4/conf/" + device + "/rp_filter");
            names.add("net/ipv6/conf/" + device + "/disable_ipv6");
        }
        Map<String, String> settings = new HashMap<>();
        for (String name : names) {
            Sysctl.read(name).ifPresent(value -> settings.put(name, value));
        }
        return settings;
    }

    /// Those that packets of pods and of the tunnel pass: not the hosts' ends of pods' devices.
    private List<String> devices() {
        Set<String> wanted = new HashSet<>(underlay(flannel));
        flannel.overlay()
                .value()
                .ifPresent(overlay -> wanted.addAll(overlay.backend().deviceNames()));
        List<String> devices = new ArrayList<>();
        for (Link link : flannel.links()) {
            if (wanted.contains(link.name()) || link.kind().equals("bridge")) {
                devices.add(link.name());
            }
        }
        return devices;
    }

    /// The interfaces to the other nodes; if they cannot be used now, those that have an address in this node's lease.
    static Set<String> underlay(Inspection flannel) {
        if (flannel.overlay().value().isPresent()) {
            return flannel.overlay().value().get().underlay().devices();
        }
        Collection<Ip> published = flannel.own()
                .value()
                .map(own -> own.announced().publicIps().values())
                .orElse(List.of());
        Set<Integer> holders = flannel.addresses().stream()
                .map(InterfaceAddress::address)
                .filter(address -> published.contains(address.ip()))
                .map(Address::ifIndex)
                .collect(Collectors.toSet());
        return flannel.links().stream()
                .filter(link -> holders.contains(link.index()))
                .map(Link::name)
                .collect(Collectors.toSet());
    }

    private Set<String> missingModules(String release) throws IOException {
        BackendType type = flannel.network().value().map(NetworkConfig::type).orElse(BackendType.ALLOC);
        Set<String> missing = new HashSet<>();
        if (type.needs(BackendType.Need.TUN) && !Files.exists(Path.of("/dev/net/tun"))) {
            missing.add("tun");
        }
        for (String driver : drivers()) {
            boolean there =
                    flannel.links().stream().anyMatch(link -> link.kind().equals(driver));
            if (!there && isMissing(module(driver), release)) {
                missing.add(module(driver));
            }
        }
        return missing;
    }

    /// Of the devices that the backend needs, and of what encrypts packets.
    private Set<String> drivers() {
        return flannel.overlay().value().stream()
                .flatMap(overlay -> Stream.concat(
                        overlay.backend().devices().stream()
                                .map(device -> device.kind().driver()),
                        overlay.backend().ike().stream()
                                .flatMap(ike -> ofIpsec(ike.publicIps().keySet()))))
                .collect(Collectors.toSet());
    }

    private static Stream<String> ofIpsec(Set<Family> hosts) {
        return Stream.concat(
                Stream.of("xfrm_user"), hosts.stream().map(family -> family == Family.IPV4 ? "esp4" : "esp6"));
    }

    private static String module(String driver) {
        return driver.equals("ip6tnl") ? "ip6_tunnel" : driver;
    }

    /// True if the kernel has not loaded it, and there is no file to load it from, although there are others.
    private static boolean isMissing(String module, String release) throws IOException {
        Path files = Path.of("/lib/modules", release);
        if (Files.exists(Path.of("/sys/module", module)) || !Files.exists(files.resolve("modules.dep"))) {
            return false;
        }
        for (String list : List.of("modules.dep", "modules.builtin")) {
            try {
                String text = Files.readString(files.resolve(list), StandardCharsets.ISO_8859_1);
                if (text.contains("/" + module + ".ko")) {
                    return false;
                }
            } catch (NoSuchFileException e) {
                // small systems have only one of them
            }
        }
        return true;
    }

    /// Two lines each: names, and values. Those of IPsec have a line each.
    static Map<String, Long> counters() throws IOException {
        List<String> lines = Files.readAllLines(COUNTERS);
        Map<String, Long> counters = new HashMap<>();
        for (int i = 0; i + 1 < lines.size(); i += 2) {
            String[] names = lines.get(i).split(" ");
            String[] values = lines.get(i + 1).split(" ");
            for (int k = 1; k < Math.min(names.length, values.length); k++) {
                counters.put(names[0].replace(":", "") + " " + names[k], number(values[k]));
            }
        }
        if (Files.exists(IPSEC)) {
            for (String line : Files.readAllLines(IPSEC)) {
                String[] words = line.strip().split("\\s+");
                if (words.length == 2) {
                    counters.put(words[0], number(words[1]));
                }
            }
        }
        return counters;
    }

    private static long number(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    private Set<String> offloading() throws IOException {
        Set<String> offloading = new HashSet<>();
        for (Link link : flannel.links()) {
            if (link.kind().equals("vxlan") && kernel.hasChecksumOffload(link)) {
                offloading.add(link.name());
            }
        }
        return offloading;
    }
}

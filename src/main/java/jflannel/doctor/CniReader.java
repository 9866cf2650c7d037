package jflannel.doctor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import jflannel.inspect.Inspection;
import jflannel.inspect.KnownLeases;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.json.Json;
import jflannel.json.JsonException;
import jflannel.kernel.Kernel;
import jflannel.kernel.RouteQuery;
import jflannel.linux.KernelReply;
import jflannel.trace.AttachedPod;
import jflannel.trace.PodNamespaces;

/// Reads what container runtimes and the plugin host-local have on disk.
final class CniReader {
    private static final Path CONFS = Path.of("/etc/cni/net.d");
    private static final Path PLUGINS = Path.of("/opt/cni/bin");
    private static final Path RESERVATIONS = Path.of("/var/lib/cni/networks");
    private static final int MOST_BYTES = 1 << 20;
    private static final int MOST_FILES = 100_000;

    private final Kernel kernel;
    private final Inspection flannel;
    private final Collection<Cidr> subnets;

    /// @param subnets of this node
    CniReader(Kernel kernel, Inspection flannel, Collection<Cidr> subnets) {
        this.kernel = kernel;
        this.flannel = flannel;
        this.subnets = subnets;
    }

    Cni read() throws IOException {
        List<Cni.Conf> confs = confs();
        List<AttachedPod> pods = PodNamespaces.within(subnets, elsewhere());
        return new Cni(
                Files.isDirectory(CONFS) ? Optional.of(CONFS) : Optional.empty(),
                confs,
                missing(confs),
                reserved(),
                pods,
                routed(pods));
    }

    /// Some plugins make a route for each pod instead of a bridge.
    private Set<Integer> routed(List<AttachedPod> pods) throws IOException {
        Set<Integer> devices = new HashSet<>();
        List<KernelReply<jflannel.kernel.Path>> paths = kernel.pathsOf(
                pods.stream().map(pod -> RouteQuery.to(pod.address())).toList());
        for (int i = 0; i < pods.size(); i++) {
            boolean there = paths.get(i).object() != null
                    && paths.get(i).object().ifIndex() == pods.get(i).otherEnd();
            if (there) {
                devices.add(pods.get(i).otherEnd());
            }
        }
        return devices;
    }

    private Map<Family, Ip> elsewhere() {
        Map<Family, Ip> elsewhere = new EnumMap<>(Family.class);
        flannel.leases().value().map(KnownLeases::peers).orElse(List.of()).stream()
                .flatMap(peer -> peer.cidrs().stream())
                .forEach(cidr -> elsewhere.putIfAbsent(cidr.family(), cidr.last()));
        return elsewhere;
    }

    /// In the order in which runtimes read them, which is that of their names.
    private static List<Cni.Conf> confs() throws IOException {
        List<Cni.Conf> confs = new ArrayList<>();
        if (Files.isDirectory(CONFS)) {
            try (Stream<Path> files = Files.list(CONFS)) {
                for (Path file : files.filter(it -> it.toString().matches(".*\\.(conf|conflist|json)"))
                        .sorted()
                        .toList()) {
                    confs.add(new Cni.Conf(file, plugins(file)));
                }
            }
        }
        return confs;
    }

    private static List<String> plugins(Path file) {
        try {
            if (Files.size(file) > MOST_BYTES) {
                return List.of();
            }
            Map<String, Object> json = Json.object(Files.readString(file, StandardCharsets.UTF_8));
            List<?> plugins = json.get("plugins") instanceof List<?> list ? list : List.of(json);
            return plugins.stream()
                    .map(plugin -> plugin instanceof Map<?, ?> map ? map.get("type") : null)
                    .filter(String.class::isInstance)
                    .map(String.class::cast)
                    .toList();
        } catch (IOException | JsonException e) {
            return List.of();
        }
    }

    private static List<String> missing(List<Cni.Conf> confs) {
        if (confs.isEmpty() || !confs.getFirst().isFlannel() || !Files.isDirectory(PLUGINS)) {
            return List.of();
        }
        Set<String> needed = new LinkedHashSet<>(confs.getFirst().plugins());
        needed.addAll(List.of("bridge", "host-local"));
        return needed.stream()
                .filter(name -> name.matches("[A-Za-z0-9._-]+") && !Files.exists(PLUGINS.resolve(name)))
                .toList();
    }

    private List<Cni.Reservations> reserved() throws IOException {
        List<Cni.Reservations> all = new ArrayList<>();
        if (!Files.isDirectory(RESERVATIONS)) {
            return all;
        }
        try (DirectoryStream<Path> networks = Files.newDirectoryStream(RESERVATIONS)) {
            for (Path network : networks) {
                for (Cidr subnet : Files.isDirectory(network) ? subnets : List.<Cidr>of()) {
                    List<Ip> addresses = addresses(network, subnet);
                    if (!addresses.isEmpty()) {
                        all.add(new Cni.Reservations(network, subnet, addresses, ports(subnet)));
                    }
                }
            }
        }
        return all;
    }

    private static List<Ip> addresses(Path network, Cidr subnet) throws IOException {
        List<Ip> addresses = new ArrayList<>();
        try (Stream<Path> files = Files.list(network)) {
            files.limit(MOST_FILES).forEach(file -> {
                try {
                    Ip ip = Ip.parse(file.getFileName().toString().replace('_', ':'));
                    if (subnet.contains(ip)) {
                        addresses.add(ip);
                    }
                } catch (IllegalArgumentException e) {
                    // `lock`, or `last_reserved_ip.0`
                }
            });
        }
        return addresses;
    }

    private int ports(Cidr subnet) {
        return (int) flannel.links().stream()
                .filter(bridge -> bridge.kind().equals("bridge")
                        && flannel.addresses().stream()
                                .anyMatch(it -> it.address().ifIndex() == bridge.index()
                                        && subnet.contains(it.address().ip())))
                .flatMap(bridge -> flannel.links().stream().filter(link -> link.master() == bridge.index()))
                .count();
    }
}

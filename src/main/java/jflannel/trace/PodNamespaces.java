package jflannel.trace;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.Address;
import jflannel.kernel.InterfaceAddress;
import jflannel.kernel.Kernel;
import jflannel.kernel.KernelEntries;
import jflannel.kernel.RouteQuery;
import jflannel.kernel.RouteSocket;
import jflannel.linux.Netns;

/// Finds the network namespace of a pod by its address: among those of processes, and among those that container
/// runtimes leave as files. Other clusters on the same machine may have pods of the same address: only one that a
/// device connects with this namespace is meant.
public final class PodNamespaces {
    private static final Path PROCESSES = Path.of("/proc");
    private static final List<Path> FOLDERS = List.of(Path.of("/run/netns"), Path.of("/run/docker/netns"));

    /// A node has a few hundred at most.
    private static final int MOST = 512;

    private PodNamespaces() {}

    static Optional<PodNamespace> of(Ip address) throws IOException {
        return first(
                process -> mentions(process.resolve("net"), address)
                        ? look(process.resolve("ns/net"), address)
                        : Optional.empty(),
                namespace -> look(namespace, address));
    }

    /// The pods with addresses in these subnets.
    ///
    /// @param elsewhere for each family, an address of a pod of another node
    public static List<AttachedPod> within(Collection<Cidr> subnets, Map<Family, Ip> elsewhere) throws IOException {
        List<AttachedPod> found = new ArrayList<>();
        Look<Boolean> collect = namespace -> {
            found.addAll(pods(namespace, subnets, elsewhere));
            return found.size() < MOST ? Optional.empty() : Optional.of(true);
        };
        first(process -> collect.at(process.resolve("ns/net")), collect);
        return found;
    }

    /// The first result of a look at each namespace.
    private static <T> Optional<T> first(Look<T> ofProcess, Look<T> ofFile) throws IOException {
        Set<Object> seen = new HashSet<>();
        seen.add(identity(Path.of("/proc/thread-self/ns/net")));
        Optional<T> found = among(
                PROCESSES,
                process -> isNumber(process.getFileName()),
                process -> seen.add(identity(process.resolve("ns/net"))) ? ofProcess.at(process) : Optional.empty());
        for (Path folder : FOLDERS) {
            if (found.isEmpty() && Files.isDirectory(folder)) {
                found = among(
                        folder,
                        _ -> true,
                        namespace -> seen.add(identity(namespace)) ? ofFile.at(namespace) : Optional.empty());
            }
        }
        return found;
    }

    private static boolean isNumber(Path name) {
        return name.toString().chars().allMatch(Character::isDigit);
    }

    /// Looks at one of the candidates.
    private interface Look<T> {
        Optional<T> at(Path path) throws IOException;
    }

    private static <T> Optional<T> among(Path folder, Predicate<Path> wanted, Look<T> look) throws IOException {
        try (DirectoryStream<Path> candidates = Files.newDirectoryStream(folder, wanted::test)) {
            for (Path candidate : candidates) {
                try {
                    Optional<T> found = look.at(candidate);
                    if (found.isPresent()) {
                        return found;
                    }
                } catch (IOException e) {
                    // it has ended, or is not ours to look at
                }
            }
        }
        return Optional.empty();
    }

    /// Device and inode: those of a namespace are the same by every path to it.
    private static Object identity(Path namespace) throws IOException {
        Map<String, Object> attributes = Files.readAttributes(namespace, "unix:dev,ino");
        return List.of(attributes.get("dev"), attributes.get("ino"));
    }

    /// True if a namespace may have an address, by the files in which the kernel lists local ones.
    private static boolean mentions(Path net, Ip address) throws IOException {
        if (address.family() == Family.IPV4) {
            String entry = "|-- " + address;
            try (Stream<String> lines = Files.lines(net.resolve("fib_trie"))) {
                return lines.anyMatch(line -> line.endsWith(entry));
            }
        }
        String digits = java.util.HexFormat.of().formatHex(address.bytes());
        Path file = net.resolve("if_inet6");
        if (!Files.exists(file)) {
            return false;
        }
        try (Stream<String> lines = Files.lines(file)) {
            return lines.anyMatch(line -> line.startsWith(digits));
        }
    }

    private static List<AttachedPod> pods(Path path, Collection<Cidr> subnets, Map<Family, Ip> elsewhere)
            throws IOException {
        try (Netns here = Netns.current();
                Netns namespace = Netns.at(path.toString())) {
            return namespace.call(() -> {
                try (Kernel kernel = new RouteSocket();
                        KernelEntries entries = new KernelEntries()) {
                    List<Address> addresses = kernel.addresses().stream()
                            .map(InterfaceAddress::address)
                            .filter(it -> subnets.stream().anyMatch(subnet -> subnet.contains(it.ip())))
                            .toList();
                    Map<Integer, Integer> ends = addresses.isEmpty() ? Map.of() : entries.endsIn(here);
                    List<AttachedPod> pods = new ArrayList<>();
                    for (Address address : addresses) {
                        if (ends.containsKey(address.ifIndex())) {
                            Ip other = elsewhere.get(address.ip().family());
                            boolean hasWay = other == null
                                    || kernel.pathsOf(List.of(RouteQuery.to(other)))
                                                    .getFirst()
                                                    .object()
                                            != null;
                            pods.add(new AttachedPod(
                                    path.toString(), address.ip(), ends.get(address.ifIndex()), hasWay));
                        }
                    }
                    return pods;
                }
            });
        }
    }

    private static Optional<PodNamespace> look(Path path, Ip address) throws IOException {
        try (Netns here = Netns.current();
                Netns namespace = Netns.at(path.toString())) {
            return namespace.call(() -> {
                try (Kernel kernel = new RouteSocket();
                        KernelEntries entries = new KernelEntries()) {
                    Optional<Integer> device = kernel.addresses().stream()
                            .map(InterfaceAddress::address)
                            .filter(it -> it.ip().equals(address))
                            .map(it -> it.ifIndex())
                            .findFirst();
                    if (device.isEmpty()) {
                        return Optional.empty();
                    }
                    Map<Integer, Integer> ends = entries.endsIn(here);
                    return kernel.links().stream()
                            .filter(link -> link.index() == device.get() && ends.containsKey(link.index()))
                            .findFirst()
                            .map(link -> new PodNamespace(path.toString(), link, ends.get(link.index())));
                }
            });
        }
    }
}

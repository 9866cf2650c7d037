package jflannel.trace;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.InterfaceAddress;
import jflannel.kernel.Kernel;
import jflannel.kernel.KernelEntries;
import jflannel.kernel.RouteSocket;
import jflannel.linux.Netns;

/// Finds the network namespace of a pod by its address: among those of processes, and among those that container
/// runtimes leave as files. Other clusters on the same machine may have pods of the same address: only one that a
/// device connects with this namespace is meant.
final class PodNamespaces {
    private static final Path PROCESSES = Path.of("/proc");
    private static final List<Path> FOLDERS = List.of(Path.of("/run/netns"), Path.of("/run/docker/netns"));

    private PodNamespaces() {}

    static Optional<PodNamespace> of(Ip address) throws IOException {
        Set<Object> seen = new HashSet<>();
        seen.add(identity(Path.of("/proc/thread-self/ns/net")));
        Optional<PodNamespace> found = among(PROCESSES, process -> isNumber(process.getFileName()), seen, process -> {
            Path namespace = process.resolve("ns/net");
            return seen.add(identity(namespace)) && mentions(process.resolve("net"), address)
                    ? look(namespace, address)
                    : Optional.empty();
        });
        for (Path folder : FOLDERS) {
            if (found.isEmpty() && Files.isDirectory(folder)) {
                found = among(
                        folder,
                        _ -> true,
                        seen,
                        namespace -> seen.add(identity(namespace)) ? look(namespace, address) : Optional.empty());
            }
        }
        return found;
    }

    private static boolean isNumber(Path name) {
        return name.toString().chars().allMatch(Character::isDigit);
    }

    /// Looks at one of the candidates.
    private interface Look {
        Optional<PodNamespace> at(Path path) throws IOException;
    }

    private static Optional<PodNamespace> among(Path folder, Predicate<Path> wanted, Set<Object> seen, Look look)
            throws IOException {
        try (DirectoryStream<Path> candidates = Files.newDirectoryStream(folder, wanted::test)) {
            for (Path candidate : candidates) {
                try {
                    Optional<PodNamespace> found = look.at(candidate);
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

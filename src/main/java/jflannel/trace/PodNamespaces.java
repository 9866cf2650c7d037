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
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Predicate;
import java.util.stream.Stream;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.InterfaceAddress;
import jflannel.kernel.Kernel;
import jflannel.kernel.KernelEntries;
import jflannel.kernel.Link;
import jflannel.kernel.RouteSocket;
import jflannel.linux.Netns;

/// Finds the network namespace of a pod by its address: among those of processes, and among those that container
/// runtimes leave as files.
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
        try (Netns namespace = Netns.at(path.toString())) {
            return in(namespace, () -> {
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
                    Map<Integer, Integer> ends = entries.otherEnds();
                    return kernel.links().stream()
                            .filter(link -> link.index() == device.get())
                            .findFirst()
                            .map(link -> namespace(path, link, ends));
                }
            });
        }
    }

    private static PodNamespace namespace(Path path, Link link, Map<Integer, Integer> ends) {
        return new PodNamespace(path.toString(), link, ends.getOrDefault(link.index(), 0));
    }

    /// Does something in another namespace, on a thread that ends with it.
    static <T> T in(Netns namespace, Callable<T> work) throws IOException {
        FutureTask<T> task = new FutureTask<>(() -> {
            namespace.enter();
            return work.call();
        });
        Thread.ofPlatform().daemon().name("pod").start(task);
        try {
            return task.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}

package jflannel.names;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// A flanneld, Java or Go, that runs in the network namespace of the calling thread.
///
/// It is found among the processes, not by a lock file: Go flannel has none, and a file can outlive its writer. One
/// in a container is found too, because it shares the host's network namespace; one in another namespace, as in a
/// lab, belongs to another host.
///
/// @param words its command line
public record RunningFlanneld(long pid, List<String> words) {
    private static final Path PROCESSES = Path.of("/proc");
    private static final Path CGROUPS = Path.of("/sys/fs/cgroup");
    private static final String NAME = "flanneld";
    private static final String MAIN = "jflannel.daemon.Flanneld";
    private static final String TRUE = "true";

    public static List<RunningFlanneld> all() throws IOException {
        return all(process -> true);
    }

    /// Only Go flannel's. Faster than [#all], because it reads less about other processes.
    static List<RunningFlanneld> ofGo() throws IOException {
        return all(RunningFlanneld::isBinary).stream()
                .filter(flanneld -> name(flanneld.words.getFirst()).equals(NAME))
                .toList();
    }

    private static List<RunningFlanneld> all(DirectoryStream.Filter<Path> wanted) throws IOException {
        Path here = Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net"));
        List<RunningFlanneld> found = new ArrayList<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROCESSES, "[0-9]*")) {
            for (Path process : processes) {
                try {
                    if (!wanted.accept(process)) {
                        continue;
                    }
                    List<String> words = words(process.resolve("cmdline"));
                    if (isFlanneld(words) && here.equals(Files.readSymbolicLink(process.resolve("ns/net")))) {
                        long pid = Long.parseLong(process.getFileName().toString());
                        found.add(new RunningFlanneld(pid, words));
                    }
                } catch (IOException e) {
                    // it has ended
                }
            }
        }
        found.removeIf(each -> found.stream().anyMatch(each::isForkOf));
        return found;
    }

    /// True for the child of a daemon that is about to become another program, and still looks like the daemon.
    private boolean isForkOf(RunningFlanneld other) {
        return words.equals(other.words)
                && ProcessHandle.of(pid)
                        .flatMap(ProcessHandle::parent)
                        .filter(parent -> parent.pid() == other.pid)
                        .isPresent();
    }

    /// True if the executable is called flanneld, unlike the Java or the shell that runs ours.
    private static boolean isBinary(Path process) throws IOException {
        return Files.readString(process.resolve("comm")).strip().equals(NAME)
                && name(Files.readSymbolicLink(process.resolve("exe"))
                                .toString()
                                .replace(" (deleted)", ""))
                        .equals(NAME);
    }

    /// A file of proc(5) with zero-terminated words. Empty for kernel threads.
    private static List<String> words(Path file) throws IOException {
        String line = new String(Files.readAllBytes(file), UTF_8);
        return line.isEmpty() ? List.of() : List.of(line.split("\0"));
    }

    /// True for a program of that name, for the shell that is about to become it, and for Java running it.
    static boolean isFlanneld(List<String> words) {
        if (words.isEmpty()) {
            return false;
        }
        String program = name(words.getFirst());
        return program.equals(NAME)
                || program.equals("java") && words.contains(MAIN)
                || program.endsWith("sh")
                        && words.size() > 1
                        && name(words.get(1)).equals(NAME);
    }

    /// True for Go flannel, false for this program.
    public boolean isGo() {
        return !words.contains(MAIN);
    }

    /// True if its cgroup is frozen, as by `docker pause`: cgroups(7), version 2.
    public boolean isFrozen() {
        try {
            return cgroup().isPresent()
                    && Files.readAllLines(cgroup().get().resolve("cgroup.events"))
                            .contains("frozen 1");
        } catch (IOException e) {
            return false; // it has ended, or the cgroup is not ours to see
        }
    }

    /// A command that ends that.
    public String thaw() {
        return "echo 0 > " + cgroup().map(it -> it.resolve("cgroup.freeze")).orElse(Path.of("cgroup.freeze"));
    }

    private Optional<Path> cgroup() {
        try (Stream<String> lines = Files.lines(PROCESSES.resolve(pid + "/cgroup"))) {
            return lines.filter(line -> line.startsWith("0::/"))
                    .findFirst()
                    .map(line -> CGROUPS.resolve(line.substring("0::/".length())));
        } catch (IOException | UncheckedIOException e) {
            return Optional.empty();
        }
    }

    /// True if somebody has stopped it, by SIGSTOP, with a debugger or by its cgroup: see proc_pid_stat(5).
    public boolean isStopped() {
        if (isFrozen()) {
            return true;
        }
        try {
            String stat = Files.readString(PROCESSES.resolve(pid + "/stat"));
            return stat.substring(stat.lastIndexOf(')') + 1)
                    .strip()
                    .toLowerCase(Locale.ROOT)
                    .startsWith("t");
        } catch (IOException e) {
            return false; // it has ended
        }
    }

    /// What follows the program's name on its command line.
    public List<String> arguments() {
        int start = words.indexOf(MAIN);
        if (start < 0) {
            start = name(words.getFirst()).equals(NAME) ? 0 : 1;
        }
        return words.subList(start + 1, words.size());
    }

    /// Its environment, which may hold secrets; empty if it is not ours to read.
    public Map<String, String> environment() {
        Map<String, String> environment = new HashMap<>();
        for (String word : environmentWords()) {
            int sign = word.indexOf('=');
            if (sign > 0) {
                environment.put(word.substring(0, sign), word.substring(sign + 1));
            }
        }
        return environment;
    }

    /// Where this process finds a file that the other one names: it may run in a container, and elsewhere.
    public Path file(Path path) {
        Path process = PROCESSES.resolve(Long.toString(pid));
        if (!path.isAbsolute()) {
            return process.resolve("cwd").resolve(path);
        }
        try {
            boolean here = Files.readSymbolicLink(process.resolve("ns/mnt"))
                            .equals(Files.readSymbolicLink(Path.of("/proc/thread-self/ns/mnt")))
                    && Files.readSymbolicLink(process.resolve("root")).equals(Path.of("/"));
            return here ? path : process.resolve("root").resolve(path.toString().substring(1));
        } catch (IOException e) {
            return path; // it has ended, or is not ours to look into
        }
    }

    private static String name(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /// Where its leases are, as far as its command line and environment say.
    public Owner owner() {
        boolean kubernetes = setting("kube-subnet-mgr").filter(TRUE::equals).isPresent();
        String place = kubernetes
                ? setting("kube-annotation-prefix").orElse(Names.ANNOTATION_PREFIX)
                : setting("etcd-prefix").orElse(Names.ETCD_PREFIX);
        return new Owner(place.replaceFirst("/+$", ""), pid);
    }

    private Optional<String> setting(String flag) {
        String variable = "FLANNELD_" + flag.toUpperCase(Locale.ROOT).replace('-', '_') + "=";
        return flag(words, flag).or(() -> variable(variable));
    }

    /// A flag's value, with one dash or two, after `=` or as the next word; `true` if it has none.
    static Optional<String> flag(List<String> words, String name) {
        for (int i = 1; i < words.size(); i++) {
            String word = words.get(i).replaceFirst("^--?", "");
            if (word.startsWith(name + "=")) {
                return Optional.of(word.substring(name.length() + 1));
            }
            if (word.equals(name)) {
                boolean hasValue = i + 1 < words.size() && !words.get(i + 1).startsWith("-");
                return Optional.of(hasValue ? words.get(i + 1) : TRUE);
            }
        }
        return Optional.empty();
    }

    private Optional<String> variable(String start) {
        return environmentWords().stream()
                .filter(word -> word.startsWith(start))
                .map(word -> word.substring(start.length()))
                .findFirst();
    }

    private List<String> environmentWords() {
        try {
            return words(PROCESSES.resolve(pid + "/environ"));
        } catch (IOException e) {
            return List.of(); // it has ended, or is not ours to read
        }
    }

    @Override
    public String toString() {
        return "process " + pid + ", " + words.getFirst();
    }
}

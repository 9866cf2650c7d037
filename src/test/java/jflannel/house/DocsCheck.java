package jflannel.house;

import static java.util.stream.Collectors.toSet;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Finds what a document names and the repository does not have: flags, files, classes, links.
///
/// @param root the repository
/// @param flags all flags of our programs, with their dashes
/// @param classes the source text of every Java class, by its simple name
/// @param words every word of the programs' sources and of `deploy`: names of classes, methods, JSON fields, alerts
record DocsCheck(Path root, Set<String> flags, Map<String, String> classes, Set<String> words) {
    /// Folders of the repository, by which a path is known to be one of ours even if it is gone.
    private static final Set<String> FOLDERS =
            Set.of(".", ".ci", ".mvn", "src", "docs", "deploy", "packaging", "tools");

    /// Commands of others, whose flags are theirs.
    private static final Set<String> FOREIGN = Set.of(
            ("apt apt-get bridge conntrack curl docker dockerd etcd etcdctl ethtool firewall-cmd gcloud git grype helm ip ip6tables iperf3 iptables"
                            + " iptables-save java jcmd journalctl kube-controller-manager kubeadm kubectl modprobe mvn mvnw nft nsenter ping podman"
                            + " setpriv ss sysctl systemctl tar tcpdump ufw unshare wg")
                    .split(" "));

    /// Flags of Docker's that are written down as values, away from its command.
    private static final Set<String> OTHER_FLAGS =
            Set.of("--allow-direct-routing", "--bip", "--firewall-backend", "--mtu");

    /// Words in the shape of class names that are names of other programs, or of Kubernetes' and systemd's things.
    private static final Set<String> OTHER_NAMES =
            Set.of("DaemonSets", "MACAddressPolicy", "MemoryDenyWriteExecute", "NetworkManager", "NetworkUnavailable");

    private static final Pattern SPAN = Pattern.compile("`([^`\n]+)`");
    private static final Pattern FLAG = Pattern.compile("(?<![\\w-])--[a-z][a-z0-9_-]*");
    private static final Pattern LINK = Pattern.compile("\\[[^\\]\n]*\\]\\(([^)\\s]+)\\)");
    private static final Pattern TYPE = Pattern.compile("([A-Z]\\w*[a-z]\\w*)(?:[.#](\\w+)(?:\\(.*\\))?)?");
    private static final Pattern PATH = Pattern.compile("([\\w.-]+)(/[\\w.*-]+)+/?");
    private static final Pattern WORD = Pattern.compile("\\w+");

    static DocsCheck of(Path root, Set<String> flags) throws IOException {
        Map<String, String> classes = new java.util.HashMap<>();
        try (Stream<Path> files = Files.walk(root.resolve("src"))) {
            files.filter(file -> file.toString().endsWith(".java")).forEach(file -> {
                String name = file.getFileName().toString();
                classes.merge(name.substring(0, name.length() - 5), read(file), String::concat);
            });
        }
        Set<String> words = new HashSet<>();
        for (String folder : List.of("src/main/java", "deploy")) {
            try (Stream<Path> files = Files.walk(root.resolve(folder))) {
                files.filter(Files::isRegularFile)
                        .flatMap(file -> WORD.matcher(read(file)).results().map(MatchResult::group))
                        .forEach(words::add);
            }
        }
        return new DocsCheck(root, flags, Map.copyOf(classes), Set.copyOf(words));
    }

    /// One line for each wrong name.
    ///
    /// @param file where the text stands, relative to the root: links are relative to it
    List<String> complaints(Path file, String markdown) {
        List<String> complaints = new ArrayList<>();
        Consumer<String> complain = complaint -> complaints.add(file + ": " + complaint);
        boolean fenced = false;
        for (String line : markdown.replace("\\\n", " ").split("\n")) {
            if (line.strip().startsWith("```")) {
                fenced = !fenced;
            } else if (fenced) {
                flags(line, complain);
            } else {
                prose(file, line, complain);
            }
        }
        return complaints;
    }

    private void prose(Path file, String line, Consumer<String> complain) {
        SPAN.matcher(line).results().map(span -> span.group(1)).forEach(span -> {
            flags(span, complain);
            path(span, complain);
            type(span, complain);
        });
        String rest = SPAN.matcher(line).replaceAll("");
        flags(rest, complain);
        LINK.matcher(rest).results().forEach(link -> link(file, link.group(1), complain));
    }

    private void flags(String text, Consumer<String> complain) {
        for (String command : text.split("[|;&]+")) {
            String program = Stream.of(command.strip().split("\\s+"))
                    .filter(word -> !word.matches("\\$|#|sudo|exec|[A-Z_]+=.*"))
                    .findFirst()
                    .orElse("");
            if (FOREIGN.contains(program.replaceFirst(".*/", ""))) {
                continue;
            }
            FLAG.matcher(command)
                    .results()
                    .map(MatchResult::group)
                    .filter(flag -> !flags.contains(flag) && !OTHER_FLAGS.contains(flag))
                    .forEach(flag -> complain.accept("there is no flag " + flag));
        }
    }

    private void path(String span, Consumer<String> complain) {
        Matcher path = PATH.matcher(span.split(" ")[0]);
        if (path.matches() && FOLDERS.contains(path.group(1)) && !span.contains("*")) {
            if (!Files.exists(root.resolve(path.group()))) {
                complain.accept("there is no file " + path.group());
            }
        }
    }

    private void type(String span, Consumer<String> complain) {
        Matcher type = TYPE.matcher(span);
        if (!type.matches() || OTHER_NAMES.contains(type.group(1))) {
            return;
        }
        String source = classes.get(type.group(1));
        String member = type.group(2);
        if (source == null && !isKnown(type.group(1))) {
            complain.accept("there is no class or key " + type.group(1));
        } else if (source != null && member != null && !source.matches("(?s).*\\b" + member + "\\b.*")) {
            complain.accept("the class " + type.group(1) + " has no " + member);
        }
    }

    /// Keys for IPv6 are put together from a prefix and the key for IPv4.
    private boolean isKnown(String word) {
        return words.contains(word) || words.contains(word.replaceFirst("^IPv6", ""));
    }

    private void link(Path file, String target, Consumer<String> complain) {
        if (target.matches("[a-z]+:.*")) {
            return;
        }
        int hash = target.indexOf('#');
        String name = hash < 0 ? target : target.substring(0, hash);
        Path to = name.isEmpty() ? file : file.resolveSibling(name).normalize();
        if (!Files.exists(root.resolve(to))) {
            complain.accept("the link leads nowhere: " + target);
        } else if (hash >= 0 && !headings(read(root.resolve(to))).contains(target.substring(hash + 1))) {
            complain.accept("there is no such heading: " + target);
        }
    }

    /// The names by which headings are linked to: lower case, hyphens for blanks, no punctuation.
    private static Set<String> headings(String markdown) {
        return markdown.lines()
                .filter(line -> line.startsWith("#"))
                .map(line -> line.replaceFirst("#+ ", "").toLowerCase(java.util.Locale.ROOT))
                .map(line -> line.replaceAll("[^\\w -]", "").replace(' ', '-'))
                .collect(toSet());
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

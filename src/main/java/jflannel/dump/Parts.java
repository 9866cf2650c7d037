package jflannel.dump;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jflannel.inspect.Comparison;
import jflannel.inspect.Inspection;
import jflannel.inspect.Inspector;
import jflannel.inspect.LocalFlannel;
import jflannel.json.Json;
import jflannel.json.JsonException;
import jflannel.lease.EnvironmentFile;
import jflannel.lease.NetworkConfig;
import jflannel.names.DaemonFiles;

/// All files of the bundle. What may hold secrets is not copied but told: of variables the names, of the configuration
/// what the daemon's log says of it, of a CNI configuration what has no secret name. The [Scrubber] reads all of it
/// once more.
///
/// @param flannel of this host
/// @param scrubber for what is JSON
/// @param commands of this program that print JSON, by the names of their files
record Parts(LocalFlannel flannel, Scrubber scrubber, Map<String, List<String>> commands) {
    static final List<Path> SETTINGS = List.of(Path.of("/etc/sysconfig/flanneld"), Path.of("/etc/default/flanneld"));

    /// With the store.
    static final Duration PATIENCE = Duration.ofSeconds(3);

    private static final int MOST_FILES = 20;
    private static final int LOG_LINES = 5_000;
    private static final Path CNI = Path.of("/etc/cni/net.d");

    /// Whose values are no secrets; those of flags are in `daemon/flags.txt` without their secrets.
    private static final Set<String> OPEN =
            Set.of("NODE_NAME", "POD_NAME", "POD_NAMESPACE", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT");

    private static final List<String> SYSCTLS = List.of(
            "net/ipv4/ip_forward",
            "net/ipv4/conf/*/forwarding",
            "net/ipv4/conf/*/rp_filter",
            "net/ipv4/conf/*/src_valid_mark",
            "net/ipv4/conf/*/proxy_arp",
            "net/ipv4/neigh/default/gc_thresh*",
            "net/ipv6/conf/*/forwarding",
            "net/ipv6/conf/*/disable_ipv6",
            "net/ipv6/neigh/default/gc_thresh*",
            "net/bridge/bridge-nf-call-*",
            "net/netfilter/nf_conntrack_max",
            "net/netfilter/nf_conntrack_count",
            "net/core/bpf_jit_enable");

    List<BundleFile> all() {
        List<BundleFile> parts = new ArrayList<>();
        parts.addAll(ofThisProgram());
        parts.addAll(ofTheDaemon());
        parts.addAll(ofTheKernel());
        parts.addAll(ofTheHost());
        return parts;
    }

    private List<BundleFile> ofThisProgram() {
        return commands.entrySet().stream()
                .map(each -> new BundleFile(each.getKey(), () -> json(new Tool(each.getValue()))))
                .toList();
    }

    /// What a command prints is JSON, or the reason why there is none.
    private String json(Tool tool) throws IOException {
        String text = tool.read();
        int start = text.indexOf("\n{");
        try {
            return Json.indented(scrubber.json(Json.value(text.substring(start + 1)))) + "\n";
        } catch (JsonException e) {
            return text;
        }
    }

    private List<BundleFile> ofTheDaemon() {
        Path subnetFile = flannel.options().node.subnetFile;
        return List.of(
                new BundleFile("daemon/process.txt", this::process),
                new BundleFile(
                        "daemon/flags.txt", () -> flannel.options().redacted.replace(" -", "\n-") + "\n"),
                new BundleFile("daemon/environment.txt", () -> told(flannel.environment())),
                new BundleFile("daemon/settings.txt", this::settings),
                new BundleFile("daemon/unit.txt", new Tool("systemctl", "cat", "--no-pager", "flanneld")),
                new BundleFile(
                        "daemon/log.txt",
                        new Tool(
                                "journalctl", "-u", "flanneld", "-n", "" + LOG_LINES, "--no-pager", "-o", "short-iso")),
                new BundleFile("daemon/network.json", this::network),
                new BundleFile("daemon/desired-and-actual.txt", this::comparison),
                new BundleFile("daemon/subnet.env", () -> text(subnetFile)),
                new BundleFile("daemon/status.json", () -> text(DaemonFiles.status(subnetFile))));
    }

    private String process() {
        String others =
                flannel.others().stream().map(it -> "other: " + it + "\n").collect(Collectors.joining());
        return flannel.process()
                        .map(it -> it + (it.isGo() ? ", Go flannel" : ""))
                        .orElse("no flanneld runs here")
                + "\n"
                + others;
    }

    private static String told(Map<String, String> variables) {
        return new TreeMap<>(variables)
                .entrySet().stream()
                        .map(each -> each.getKey() + "="
                                + (OPEN.contains(each.getKey()) ? each.getValue() : Scrubber.HIDDEN) + "\n")
                        .collect(Collectors.joining());
    }

    private String settings() throws IOException {
        StringBuilder text = new StringBuilder();
        for (Path file : SETTINGS) {
            if (Files.exists(file)) {
                text.append("# ").append(file).append('\n').append(told(EnvironmentFile.parse(text(file))));
            }
        }
        return text.isEmpty() ? "there is none\n" : text.toString();
    }

    private String network() throws IOException {
        return inspection()
                .network()
                .value()
                .map(NetworkConfig::redacted)
                .orElseThrow(() -> new IOException("it cannot be read"));
    }

    private Inspection inspection() throws IOException {
        return Inspector.look(flannel, PATIENCE);
    }

    private String comparison() throws IOException {
        Inspection inspection = inspection();
        if (inspection.comparison().value().isEmpty()) {
            throw new IOException(inspection.comparison().words());
        }
        Comparison comparison = inspection.comparison().value().get();
        StringBuilder text = new StringBuilder();
        section(text, "devices", inspection.devices());
        section(text, "wanted whoever the peers are", comparison.base());
        section(text, "wanted for peers", comparison.peers());
        section(text, "ours, and wanted by nobody", comparison.superfluous());
        section(text, "routes of others that win over ours", comparison.overriding());
        return text.toString();
    }

    private static void section(StringBuilder text, String title, Iterable<?> things) {
        text.append("# ").append(title).append('\n');
        things.forEach(thing -> text.append(thing).append('\n'));
    }

    private List<BundleFile> ofTheKernel() {
        return List.of(
                new BundleFile("kernel/links.txt", new Tool("ip", "-d", "-s", "link")),
                new BundleFile("kernel/addresses.txt", new Tool("ip", "address")),
                new BundleFile("kernel/routes4.txt", new Tool("ip", "-d", "-4", "route", "show", "table", "all")),
                new BundleFile("kernel/routes6.txt", new Tool("ip", "-d", "-6", "route", "show", "table", "all")),
                new BundleFile("kernel/rules4.txt", new Tool("ip", "-4", "rule")),
                new BundleFile("kernel/rules6.txt", new Tool("ip", "-6", "rule")),
                new BundleFile("kernel/neighbors.txt", new Tool("ip", "neighbour")),
                new BundleFile("kernel/fdb.txt", new Tool("bridge", "fdb")),
                new BundleFile("kernel/sockets.txt", new Tool("ss", "-ulnp")),
                new BundleFile("kernel/sysctls.txt", this::sysctls),
                new BundleFile("kernel/modules.txt", () -> text(Path.of("/proc/modules"))),
                new BundleFile("firewall/nft.txt", new Tool("nft", "list", "ruleset")),
                new BundleFile("firewall/iptables-nft.txt", new Tool("iptables-nft-save", "-c")),
                new BundleFile("firewall/ip6tables-nft.txt", new Tool("ip6tables-nft-save", "-c")),
                new BundleFile("firewall/iptables-legacy.txt", new Tool("iptables-legacy-save", "-c")),
                new BundleFile("firewall/ip6tables-legacy.txt", new Tool("ip6tables-legacy-save", "-c")));
    }

    private String sysctls() throws IOException {
        StringBuilder text = new StringBuilder();
        Path all = Path.of("/proc/sys");
        for (String pattern : SYSCTLS) {
            for (Path file : matching(all, pattern)) {
                String value = Files.isReadable(file) ? text(file).strip() : "(not readable)";
                text.append(all.relativize(file).toString())
                        .append(" = ")
                        .append(value)
                        .append('\n');
            }
        }
        return text.toString();
    }

    /// @param pattern with at most one star in each part
    private static List<Path> matching(Path folder, String pattern) throws IOException {
        List<Path> found = List.of(folder);
        for (String part : pattern.split("/")) {
            List<Path> next = new ArrayList<>();
            for (Path path : found) {
                if (Files.isDirectory(path)) {
                    try (DirectoryStream<Path> files = Files.newDirectoryStream(path, part)) {
                        files.forEach(next::add);
                    }
                }
            }
            found = next;
        }
        return found.stream().sorted().toList();
    }

    private List<BundleFile> ofTheHost() {
        List<BundleFile> parts = new ArrayList<>(List.of(
                new BundleFile("host/kernel.txt", new Tool("uname", "-a")),
                new BundleFile("host/os-release", () -> text(Path.of("/etc/os-release"))),
                new BundleFile("host/versions.txt", this::versions),
                new BundleFile("host/resolv.conf", () -> text(Path.of("/etc/resolv.conf"))),
                new BundleFile("host/docker-networks.txt", new Tool("docker", "network", "ls", "--no-trunc"))));
        parts.addAll(cni());
        return parts;
    }

    private String versions() {
        StringBuilder text = new StringBuilder("jflannel ")
                .append(Parts.class.getPackage().getImplementationVersion())
                .append("\nJava ")
                .append(Runtime.version())
                .append('\n');
        for (Tool tool : List.of(
                new Tool("ip", "-V"),
                new Tool("nft", "--version"),
                new Tool("iptables", "--version"),
                new Tool("dockerd", "--version"),
                new Tool("containerd", "--version"))) {
            try {
                text.append(tool.read());
            } catch (IOException e) {
                text.append(e.getMessage()).append('\n');
            }
        }
        return text.toString();
    }

    private List<BundleFile> cni() {
        List<BundleFile> parts = new ArrayList<>();
        try (Stream<Path> files = Files.list(CNI)) {
            files.filter(file -> file.toString().matches(".*\\.(conf|conflist|json)"))
                    .sorted(Comparator.naturalOrder())
                    .limit(MOST_FILES)
                    .forEach(file -> parts.add(new BundleFile("cni/" + safe(file.getFileName()), () -> cni(file))));
        } catch (IOException e) {
            parts.add(new BundleFile("cni/none.txt", () -> "there is no readable folder " + CNI + "\n"));
        }
        return parts;
    }

    private String cni(Path file) throws IOException {
        try {
            return Json.indented(scrubber.json(Json.value(text(file)))) + "\n";
        } catch (JsonException e) {
            throw new IOException("it is not JSON, so nobody knows what in it is secret");
        }
    }

    private static String safe(Path name) {
        String plain = name.toString().replaceAll("[^A-Za-z0-9._-]", "_");
        return plain.length() <= 40 ? plain : plain.substring(0, 40);
    }

    private static String text(Path file) throws IOException {
        try (var stream = Files.newInputStream(file)) {
            return new String(stream.readNBytes(Tool.LARGEST), StandardCharsets.UTF_8);
        }
    }
}

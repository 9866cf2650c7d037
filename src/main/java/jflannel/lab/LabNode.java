package jflannel.lab;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import jflannel.inspect.Inspector;
import jflannel.inspect.LocalFlannel;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.ipsec.Charon;
import jflannel.linux.Command;
import jflannel.live.LiveTrace;
import jflannel.names.DaemonFiles;
import jflannel.tool.Clusters;
import jflannel.tool.Witnesses;
import jflannel.trace.Cluster;
import jflannel.trace.KernelView;
import jflannel.trace.Question;
import jflannel.trace.Trace;
import jflannel.trace.Walker;

/// A node of the lab: a host on the common link that runs flanneld, and one pod behind a bridge, attached as by a
/// container runtime.
public final class LabNode implements AutoCloseable {
    public static final String BRIDGE = "cni0";
    public static final String UNDERLAY = "eth0";
    /// On the node's /run, because all nodes would share the machine's own.
    public static final String STATE_FILE = "/run/flannel/state.json";

    private static final int PATIENCE_SECONDS = Patience.seconds(60);

    private final int number;
    private final LabHost host;
    private final LabHost pod;
    private final Function<Path, List<String>> command;
    private Path program;
    private LabProcess flanneld;
    private FileTime before;
    private FileTime statusBefore;
    private SubnetEnv env;
    private String podDevice;

    /// @param command flanneld and its flags, for a program
    LabNode(int number, LabHost host, LabHost pod, Path program, Function<Path, List<String>> command) {
        this.number = number;
        this.host = host;
        this.pod = pod;
        this.command = command;
        this.program = program;
    }

    /// Makes [#startFlanneld] start another program from now on.
    public void useFlanneld(Path other) {
        program = other;
    }

    /// 1 for the first node.
    public int number() {
        return number;
    }

    public LabHost host() {
        return host;
    }

    /// The node's pod, `container-1` on node 1.
    public LabHost pod() {
        return pod;
    }

    /// The node's end of the pod's eth0; null before the pod is attached.
    String podDevice() {
        return podDevice;
    }

    /// As [LabHost#sh], on the node.
    public String sh(String script) throws IOException {
        return host.sh(script);
    }

    /// Follows a packet as `flannel trace` does on this node.
    ///
    /// @param flags of flanneld, for when it does not run
    public Trace trace(Question question, String... flags) throws IOException {
        return trace(question, false, flags);
    }

    /// The same as `flannel trace --live`.
    public Trace liveTrace(Question question, String... flags) throws IOException {
        return trace(question, true, flags);
    }

    private Trace trace(Question question, boolean live, String... flags) throws IOException {
        return host.call(() -> {
            try (KernelView view = new KernelView()) {
                view.prepare(question.destination());
                LocalFlannel flannel = LocalFlannel.find(List.of(flags), Map.of());
                Cluster cluster = Clusters.of(Inspector.look(flannel, Duration.ofSeconds(PATIENCE_SECONDS)));
                Trace trace = Walker.walk(question, view, cluster);
                return live ? LiveTrace.of(trace, view, cluster, Witnesses.of(flannel.options())) : trace;
            }
        });
    }

    /// The flanneld that was started last.
    public LabProcess flanneld() {
        return flanneld;
    }

    /// What flanneld wrote into subnet.env.
    SubnetEnv env() {
        return env;
    }

    /// The subnet that flanneld leased.
    public Cidr subnet(Family family) {
        return env.subnets().get(family);
    }

    /// The largest packet of the pod, in bytes.
    public int mtu() {
        return env.mtu();
    }

    /// The node's address on the link that all nodes share.
    public Ip address(Family family) {
        return LabAddresses.node(number, family);
    }

    public Ip podAddress(Family family) {
        return LabAddresses.pod(number, subnet(family));
    }

    /// Starts flanneld without waiting; [#awaitReady] waits.
    ///
    /// @param more flags, in addition to those of every node
    public LabProcess startFlanneld(String... more) throws IOException {
        before = written(subnetFile());
        statusBefore = written(statusFile());
        List<String> words = new ArrayList<>(command.apply(program));
        words.addAll(List.of(more));
        flanneld = host.start("flanneld.log", words.toArray(String[]::new));
        return flanneld;
    }

    /// Waits until the flanneld that was started last has written subnet.env.
    ///
    /// @throws IOException with flanneld's own message if it ended, is stuck or is not ready within a minute
    public void awaitReady() throws IOException {
        long deadline = System.nanoTime() + PATIENCE_SECONDS * 1_000_000_000L;
        StartWatch watch = new StartWatch();
        while (written(subnetFile()) == null || written(subnetFile()).equals(before)) {
            Optional<String> stuck = watch.stuck(status(), System.nanoTime());
            if (stuck.isPresent()) {
                throw new IOException("flanneld on %s is stuck at %s%s"
                        .formatted(host.name(), stuck.get(), Prerequisites.hint(stuck.get())));
            }
            if (!flanneld.isAlive() || System.nanoTime() > deadline) {
                String how = flanneld.isAlive()
                        ? "is not ready after %d s".formatted(PATIENCE_SECONDS)
                        : "ended with exit code " + flanneld.exitCode();
                throw new IOException(
                        "flanneld on %s %s:%n%s".formatted(host.name(), how, String.join("\n", flanneld.tail(15))));
            }
            Pause.millis(20);
        }
        env = SubnetEnv.parse(host.name() + ": /run/flannel/subnet.env", Files.readString(subnetFile()));
    }

    private Path subnetFile() {
        return host.run().resolve("flannel/subnet.env");
    }

    /// The status.json of the flanneld that was started last, or "".
    private String status() throws IOException {
        try {
            return Objects.equals(written(statusFile()), statusBefore) ? "" : Files.readString(statusFile());
        } catch (NoSuchFileException e) {
            return "";
        }
    }

    private Path statusFile() {
        return host.run().resolve("flannel/status.json");
    }

    /// @return null if there is no such file
    private static FileTime written(Path file) throws IOException {
        return Files.exists(file) ? Files.getLastModifiedTime(file) : null;
    }

    /// The current text of subnet.env.
    String subnetText() throws IOException {
        return Files.readString(subnetFile()).strip();
    }

    /// Lets the CNI plugin create the bridge and attach the pod.
    void attachPod() throws IOException {
        List<String> addresses = env.subnets().entrySet().stream()
                .map(subnet -> LabAddresses.onLink(podAddress(subnet.getKey()), subnet.getValue()))
                .toList();
        podDevice = ContainerRuntime.attach(host, pod, addresses);
    }

    /// The node's tables as an operator would view them; the titles are the commands.
    Map<String, String> tables(boolean tunnel) throws IOException {
        Map<String, String> tables = new java.util.LinkedHashMap<>();
        for (Family family : env.subnets().keySet()) {
            String flag = family == Family.IPV6 ? " -6" : "";
            tables.put("ip" + flag + " route", shown("ip" + flag + " route | grep -v '^fe80::'"));
        }
        if (tunnel) {
            tables.put("bridge fdb (tunnel)", shown("bridge fdb show | grep ' dst '"));
            tables.put("ip neigh (tunnel)", shown("ip neigh | grep PERMANENT"));
        }
        return tables;
    }

    private String shown(String script) throws IOException {
        Command.Result result = host.attempt("sh", "-c", script);
        return Stream.of(result.output().strip(), result.errors().strip())
                .filter(text -> !text.isEmpty())
                .reduce((a, b) -> a + "\n" + b)
                .orElse("");
    }

    @Override
    public void close() {
        pod.close();
        endCharon();
        host.close();
    }

    /// charon outlives the daemon that started it.
    private void endCharon() {
        if (Files.exists(host.run().resolve("flannel/charon.conf"))) {
            try {
                host.call(() -> {
                    new Charon(DaemonFiles.charon(Path.of(DaemonFiles.SUBNET))).stop();
                    return null;
                });
            } catch (IOException e) {
                System.getLogger(LabNode.class.getName()).log(Level.WARNING, "charon does not end", e);
            }
        }
    }
}

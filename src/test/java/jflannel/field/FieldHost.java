package jflannel.field;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jflannel.lab.LabHost;
import jflannel.lab.LabProcess;
import jflannel.lab.Pause;

/// A host of a [Field]: it can be configured by scripts, run a daemon, and have a pod.
public final class FieldHost implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String LOG = "flanneld.log";

    private final Field field;
    private final int number;
    private final Path run;
    private final LabHost host;
    private final List<String> ports = new ArrayList<>();
    private LabHost pod;
    private LabProcess flanneld;

    FieldHost(Field field, int number) throws IOException {
        this.field = field;
        this.number = number;
        this.run = Files.createTempDirectory("field-host-");
        Files.createDirectory(run.resolve("pod"));
        this.host = new LabHost("host-" + number, run, false);
        sh("echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding");
        plug("eth0", 0);
        sh("ip addr add %s/24 dev eth0; ip route add default via %s".formatted(address(), FieldStore.ADDRESS));
    }

    /// The IPv4 address of a host on the link of all.
    static String address(int number) {
        return "192.0.2." + (10 + number);
    }

    public String address() {
        return address(number);
    }

    /// Gives the host one more interface, which is up and has no address.
    ///
    /// @param device its name
    /// @param link 0 for the link of all hosts, 1 for the other
    public void plug(String device, int link) throws IOException {
        String port = "h%d%s".formatted(number, device);
        field.router()
                .ip("link add %s mtu 1500 type veth peer name %s mtu 1500 netns %d"
                        .formatted(port, device, host.threadId()));
        ports.add(port);
        field.router().ip("link set %s master link%d up".formatted(port, link));
        sh("ip link set %s up".formatted(device));
    }

    /// The output of a shell script without surrounding white space.
    ///
    /// @throws Command.Failed if any of its commands fails
    public String sh(String script) throws IOException {
        return host.run("bash", "-ec", script).strip();
    }

    /// True if the script succeeds.
    public boolean succeeds(String script) throws IOException {
        return host.attempt("bash", "-ec", script).exitCode() == 0;
    }

    public LabHost host() {
        return host;
    }

    /// Starts the daemon with flags that name the store, and no interface.
    public void start(String... flags) throws IOException {
        start(Map.of(), flags);
    }

    /// @param environment variables of the daemon
    public void start(Map<String, String> environment, String... flags) throws IOException {
        List<String> all = new ArrayList<>(List.of(
                "--etcd-endpoints=" + field.endpoint(), "--etcd-prefix=" + field.prefix(), "-healthz-port=8085"));
        all.addAll(List.of(flags));
        startWithOnly(environment, all.toArray(String[]::new));
    }

    /// Starts the daemon with these flags and variables alone.
    public void startWithOnly(Map<String, String> environment, String... flags) throws IOException {
        Files.deleteIfExists(run.resolve("flannel/subnet.env"));
        Files.deleteIfExists(run.resolve(LOG));
        List<String> words = new ArrayList<>(List.of("env"));
        environment.forEach((name, value) -> words.add(name + "=" + value));
        words.add(Path.of("target/jflannel/bin/flanneld").toAbsolutePath().toString());
        words.addAll(List.of(flags));
        flanneld = host.start(LOG, words.toArray(String[]::new));
    }

    /// Waits until the daemon is at work.
    ///
    /// @throws AssertionError with its log if it ended, or is not in half a minute
    public void awaitReady() throws IOException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!isAtWork()) {
            if (!flanneld.isAlive() || System.nanoTime() > deadline) {
                String how = flanneld.isAlive() ? "is not ready" : "ended with " + flanneld.exitCode();
                throw new AssertionError("flanneld on host %d %s:%n%s".formatted(number, how, log()));
            }
            Pause.millis(20);
        }
    }

    private boolean isAtWork() throws IOException {
        return Files.exists(run.resolve("flannel/subnet.env"))
                && Files.exists(run.resolve("flannel/status.json"))
                && status().matches("(?s).*\"state\":\"(ready|degraded)\".*");
    }

    /// Starts the daemon and waits until it is at work.
    public void run(String... flags) throws IOException {
        start(flags);
        awaitReady();
    }

    /// Ends the daemon as an administrator would.
    ///
    /// @return its exit code
    public int stop() throws IOException {
        return flanneld.terminate(10);
    }

    /// Waits until the daemon ended by itself.
    ///
    /// @return its exit code
    public int awaitEnd() throws IOException {
        return flanneld.await((int) PATIENCE.toSeconds());
    }

    public LabProcess flanneld() {
        return flanneld;
    }

    /// What the daemon that was started last has logged, without times, threads and places: `W no such thing`.
    public String log() throws IOException {
        return flanneld.output()
                .lines()
                .map(line -> line.replaceFirst("^([IWEF])\\d{4} [\\d:.]+ +\\d+ [^\\]]*\\] ", "$1 "))
                .collect(Collectors.joining("\n"));
    }

    /// The warnings and errors of [#log].
    public String complaints() throws IOException {
        return log().lines().filter(line -> line.matches("[WEF] .*")).collect(Collectors.joining("\n"));
    }

    /// A value of subnet.env.
    public String env(String key) throws IOException {
        return Files.readString(run.resolve("flannel/subnet.env"))
                .lines()
                .filter(line -> line.startsWith(key + "="))
                .map(line -> line.substring(key.length() + 1))
                .findFirst()
                .orElse("");
    }

    /// The text of status.json.
    public String status() throws IOException {
        return Files.readString(run.resolve("flannel/status.json"));
    }

    /// What `/readyz?verbose` answers.
    public String readyz() throws IOException {
        return sh("curl -s 'http://127.0.0.1:8085/readyz?verbose'");
    }

    /// Waits until something holds.
    public static void eventually(String what, Callable<Boolean> condition) {
        eventually(what, PATIENCE, condition);
    }

    static void eventually(String what, Duration patience, Callable<Boolean> condition) {
        await(what)
                .atMost(patience)
                .pollInterval(Duration.ofMillis(20))
                .ignoreExceptions()
                .until(condition);
    }

    /// Makes the pods' bridge cni0 and one pod behind it, from subnet.env, as any container runtime does.
    public LabHost pod() throws IOException {
        if (pod == null) {
            pod = new LabHost("pod-" + number, run.resolve("pod"), false);
            for (String key : List.of("FLANNEL_SUBNET", "FLANNEL_IPV6_SUBNET")) {
                if (!env(key).isEmpty()) {
                    attach(env(key));
                }
            }
        }
        return pod;
    }

    private void attach(String subnet) throws IOException {
        String gateway = subnet.substring(0, subnet.indexOf('/'));
        String address = gateway.substring(0, gateway.length() - 1) + "2" + subnet.substring(subnet.indexOf('/'));
        sh("""
                m=%s
                [ -e /sys/class/net/cni0 ] || { ip link add cni0 mtu $m type bridge; ip link set cni0 up; }
                ip addr add %s dev cni0 nodad
                [ -e /sys/class/net/veth0 ] || ip link add veth0 mtu $m type veth peer name eth0 mtu $m netns %d
                ip link set veth0 master cni0 up
                """.formatted(env("FLANNEL_MTU"), subnet, pod.threadId()));
        pod.sh("ip link set eth0 up; ip addr add %s dev eth0 nodad; ip route add default via %s"
                .formatted(address, gateway));
    }

    /// Makes the pods' bridge and its pod once more, for another subnet.env, if the former bridge is gone.
    public LabHost podAgain() throws IOException {
        if (pod != null) {
            pod.close();
            pod = null;
        }
        return pod();
    }

    /// True if the pod of this host gets an answer from the one of another, within five seconds.
    public boolean reaches(FieldHost other) throws IOException {
        String subnet = other.env("FLANNEL_SUBNET");
        other.pod();
        String address = subnet.substring(0, subnet.lastIndexOf('.')) + ".2";
        return pod().reach(address, 5) > 0;
    }

    /// Ends the daemon and the pod, and takes the host off the links: the kernel ends a namespace some time later.
    @Override
    public void close() throws IOException {
        if (pod != null) {
            pod.close();
        }
        host.close();
        for (String port : ports) {
            field.router().sh("ip link del %s 2>/dev/null || :".formatted(port));
        }
        delete(run);
    }

    static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            System.err.println("cannot remove " + folder + ": " + e.getMessage());
        }
    }
}

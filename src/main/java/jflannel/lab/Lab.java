package jflannel.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import jflannel.ip.Cidr;
import jflannel.ip.Family;

/// A small cluster on this machine: nodes with a pod each, a router and an etcd, each in namespaces of its own, so
/// that nothing is configured on the machine itself and no packet leaves it.
///
/// ```
///   container-1      container-2        store
///   100.96.1.2       100.96.2.3         10.168.0.254 (etcd)
///       | veth           | veth           |
///   cni0 .1.1        cni0 .2.1            |
///   node-1           node-2               |
///   10.168.0.2       10.168.0.3           |
///       | eth0           | eth0           | eth0
///   ----+----------------+----------------+---- sw0, 10.168.0.1 (router)
/// ```
///
/// Everything ends with [#close], except with [LabSetup#keep].
public final class Lab implements AutoCloseable {
    private final LabSetup setup;
    private final Path folder;
    private final LabHost router;
    private final LabStore store;
    private final List<LabNode> nodes = new ArrayList<>();
    private Optional<LabCloud> cloud = Optional.empty();
    private final Thread atExit = Thread.ofPlatform().name("lab at exit").unstarted(this::abandon);
    private boolean finished;

    /// Reports the steps of a lab's start.
    @FunctionalInterface
    public interface Progress {
        Progress NONE = (what, millis) -> {};

        /// @param what was done
        /// @param millis how long it took
        void done(String what, long millis);
    }

    /// A lab with flanneld running and pods attached on every node.
    public static Lab with(LabSetup setup) throws IOException {
        return with(setup, Progress.NONE);
    }

    /// As [#with(LabSetup)], reporting each step.
    public static Lab with(LabSetup setup, Progress progress) throws IOException {
        Lab lab = prepared(setup, progress);
        try {
            lab.bringUp(progress);
            return lab;
        } catch (IOException | RuntimeException e) {
            lab.abandon();
            throw e;
        }
    }

    /// A lab in which etcd runs but no flanneld yet: for tests that start nodes one by one.
    ///
    /// @throws jflannel.lease.ConfigException if this machine lacks something that the lab needs
    public static Lab prepared(LabSetup setup, Progress progress) throws IOException {
        Prerequisites.check(setup.scenario());
        Path folder = LabFolder.create();
        Lab lab;
        try {
            lab = new Lab(setup, folder);
        } catch (IOException | RuntimeException e) {
            LabFolder.delete(folder);
            throw e;
        }
        Runtime.getRuntime().addShutdownHook(lab.atExit);
        try {
            long start = System.nanoTime();
            lab.connect();
            if (setup.scenario().cloud().isPresent()) {
                lab.cloud = Optional.of(
                        LabCloud.start(setup.scenario().cloud().get(), lab.router, lab.nodes, setup.families()));
            }
            progress.done("%d nodes on one link, a router".formatted(setup.nodes()), since(start));
            start = System.nanoTime();
            lab.store.start();
            lab.fillStore();
            progress.done("etcd with %s".formatted(setup.networkConfig()), since(start));
            return lab;
        } catch (IOException | RuntimeException e) {
            lab.abandon();
            throw e;
        }
    }

    private Lab(LabSetup setup, Path folder) throws IOException {
        this.setup = setup;
        this.folder = folder;
        this.router = newHost("router");
        this.store = new LabStore(newHost("store"), setup.families());
        for (int i = 1; i <= setup.nodes(); i++) {
            int number = i;
            nodes.add(new LabNode(
                    i,
                    newHost("node-" + i),
                    newHost("container-" + i),
                    program(i),
                    program -> command(number, program)));
        }
    }

    private LabHost newHost(String name) throws IOException {
        return new LabHost(name, Files.createDirectory(folder.resolve(name)), setup.keep());
    }

    private Path program(int node) {
        return setup.flanneld().containsKey(node) ? setup.flanneld().get(node) : Distribution.flanneld();
    }

    private List<String> command(int node, Path program) {
        List<String> words = new ArrayList<>(List.of("env", "NODE_NAME=node-" + node));
        if (cloud.isPresent()) {
            cloud.get().environment().forEach((name, value) -> words.add(name + "=" + value));
        }
        setup.environment().forEach((name, value) -> words.add(name + "=" + value));
        words.addAll(List.of(
                program.toAbsolutePath().toString(),
                "--etcd-endpoints=" + store.endpoints(),
                "--iface=" + LabNode.UNDERLAY));
        if (cloud.isPresent()) {
            words.addAll(cloud.get().flags());
        }
        words.addAll(setup.flags());
        return words;
    }

    private void connect() throws IOException {
        for (Family family : setup.families()) {
            allowForwarding(router, family);
            for (LabNode node : nodes) {
                allowForwarding(node.host(), family);
            }
        }
        List<String> lines = new ArrayList<>(List.of("link add sw0 type bridge", "link set sw0 up"));
        for (Family family : setup.families()) {
            lines.add(address(LabAddresses.router(family), family, "sw0"));
        }
        plug(store.host(), "store", lines);
        for (LabNode node : nodes) {
            plug(node.host(), node.host().name(), lines);
        }
        router.ip(lines.toArray(String[]::new));
        for (Family family : setup.families()) {
            configure(store.host(), LabAddresses.store(family), family);
        }
        for (LabNode node : nodes) {
            configure(node);
        }
    }

    /// Gives a node's interface its addresses and default routes; restores them if they were lost.
    public void configure(LabNode node) throws IOException {
        for (Family family : setup.families()) {
            configure(node.host(), LabAddresses.node(node.number(), family), family);
        }
    }

    private static void allowForwarding(LabHost host, Family family) throws IOException {
        if (family == Family.IPV4) {
            host.sysctl("net/ipv4/ip_forward", "1");
            // with the alloc backend, packets leave the router on the link they came from, as intended
            host.sysctl("net/ipv4/conf/all/send_redirects", "0");
            host.sysctl("net/ipv4/conf/default/send_redirects", "0");
        } else {
            host.sysctl("net/ipv6/conf/all/forwarding", "1");
        }
    }

    private static void plug(LabHost host, String port, List<String> lines) {
        lines.add("link add %s type veth peer name eth0 netns %d".formatted(port, host.threadId()));
        lines.add("link set %s master sw0 up".formatted(port));
    }

    private static void configure(LabHost host, jflannel.ip.Ip address, Family family) throws IOException {
        host.ip(
                "link set eth0 up",
                address(address, family, "eth0"),
                "route replace default via %s dev eth0".formatted(LabAddresses.router(family)));
    }

    private static String address(jflannel.ip.Ip address, Family family, String device) {
        return "addr replace %s dev %s%s"
                .formatted(
                        LabAddresses.onLink(address, LabAddresses.link(family)),
                        device,
                        family == Family.IPV6 ? " nodad" : "");
    }

    private void fillStore() throws IOException {
        store.put("config", setup.networkConfig());
        if (setup.reserved()) {
            for (LabNode node : nodes) {
                store.put(
                        "subnets/" + LabAddresses.leaseKey(node.number(), setup.families()),
                        LabAddresses.reservation(node.number(), setup.families()));
            }
        }
    }

    private void bringUp(Progress progress) throws IOException {
        long start = System.nanoTime();
        for (LabNode node : nodes) {
            node.startFlanneld();
        }
        for (LabNode node : nodes) {
            attach(node);
            progress.done(
                    "%s: flanneld leased %s, MTU %d; %s is behind %s"
                            .formatted(
                                    node.host().name(),
                                    words(node),
                                    node.mtu(),
                                    node.pod().name(),
                                    LabNode.BRIDGE),
                    since(start));
        }
    }

    /// Waits for a node's flanneld, then creates its bridge and pod.
    public void attach(LabNode node) throws IOException {
        node.awaitReady();
        node.attachPod();
        if (setup.scenario().routedByCloud() && cloud.isEmpty()) {
            routeInCloud(node);
        }
    }

    /// The alloc backend relies on the cloud's route table, here the router's.
    private void routeInCloud(LabNode node) throws IOException {
        for (Cidr subnet : node.env().subnets().values()) {
            router.ip("route replace %s via %s dev sw0"
                    .formatted(subnet, LabAddresses.node(node.number(), subnet.family())));
        }
    }

    private static String words(LabNode node) {
        return String.join(
                " and ",
                node.env().subnets().values().stream().map(Cidr::toString).toList());
    }

    public LabSetup setup() {
        return setup;
    }

    /// The host that connects the nodes and is their default gateway.
    public LabHost router() {
        return router;
    }

    /// The cloud whose route table the nodes use, if they do.
    public Optional<LabCloud> cloud() {
        return cloud;
    }

    public LabStore store() {
        return store;
    }

    public List<LabNode> nodes() {
        return List.copyOf(nodes);
    }

    /// @param number 1 for the first
    public LabNode node(int number) {
        return nodes.get(number - 1);
    }

    /// The pod of a node.
    public LabHost pod(int node) {
        return node(node).pod();
    }

    /// Pings node `to`'s pod from node `from`'s until an answer arrives, for up to `seconds` of [Patience].
    ///
    /// @return the time in milliseconds, or -1 if there was no answer
    public double reach(int from, int to, Family family, int seconds) throws IOException {
        return pod(from).reach(node(to).podAddress(family).toString(), Patience.seconds(seconds));
    }

    Path folder() {
        return folder;
    }

    /// All hosts: nodes and pods first.
    List<LabHost> hosts() {
        Stream<LabHost> ofNodes = nodes.stream().flatMap(node -> Stream.of(node.host(), node.pod()));
        return Stream.concat(ofNodes, Stream.of(store.host(), router)).toList();
    }

    /// @param name `node-1`, `container-1`, `store` or `router`
    LabHost host(String name) {
        return hosts().stream()
                .filter(host -> host.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("the lab has no host " + name));
    }

    /// Ends all processes, and with them the namespaces. With [LabSetup#keep], leaves them running.
    @Override
    public void close() {
        if (setup.keep()) {
            finish(() -> hosts().forEach(LabHost::close));
        } else {
            abandon();
        }
    }

    /// Ends everything, kept or not, after failures and on Ctrl-C.
    void abandon() {
        finish(this::destroy);
    }

    private synchronized void finish(Runnable how) {
        if (!finished) {
            finished = true;
            cloud.ifPresent(LabCloud::close);
            how.run();
            if (Thread.currentThread() != atExit) {
                removeHook();
            }
        }
    }

    private void removeHook() {
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            // the program is exiting, and the hook has nothing left to do
        }
    }

    private void destroy() {
        hosts().forEach(host -> host.running().forEach(LabProcess::kill));
        hosts().forEach(LabHost::close);
        LabFolder.delete(folder);
    }

    static long since(long nanos) {
        return (System.nanoTime() - nanos) / 1_000_000;
    }
}

package jflannel.lab.faults;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import jflannel.ip.Family;
import jflannel.lab.Lab;
import jflannel.lab.LabHost;
import jflannel.lab.LabNode;
import jflannel.lab.LabSetup;
import jflannel.lab.Patience;
import jflannel.lab.Pause;
import jflannel.lab.Scenario;
import jflannel.lease.SubnetKey;

/// A cluster to break: two nodes with a pod each, a store, and on each node some things that are not flannel's and
/// must stay.
final class LabCluster implements AutoCloseable {
    static final int HEALTH_PORT = 8085;
    private static final String STORE = "10.168.0.254";
    private static final int REACH_SECONDS = Patience.seconds(15);
    private static final int TAIL_LINES = 12;
    private static final int REMEMBER_SECONDS = 70;
    private static final int PATIENCE_SECONDS = 10;
    private static final int AT_REST_MILLIS = 1000;

    private final Lab lab;
    private final LabSetup setup;
    private final ClusterSpec spec;
    private final DelayProxy delayProxy;
    private final EtcdCluster etcdCluster;
    private final TlsEtcd tlsEtcd;
    private final KubeStore kube;
    private final FakeLeases fakeLeases;
    private final Random random;
    private NodeSnapshot before;
    private long damaged;

    /// @param cluster backend, families and firewall
    /// @param store of the leases
    static LabCluster open(LabSetup cluster, LeaseStoreKind store, ClusterSpec spec, Random random) throws IOException {
        List<String> flags = new ArrayList<>(spec.flags());
        flags.add("--healthz-port=" + HEALTH_PORT);
        switch (spec.store()) {
            case ONE -> {}
            case BEHIND_PROXY -> flags.add("--etcd-endpoints=http://" + STORE + ":" + DelayProxy.PORT);
            case THREE -> flags.add("--etcd-endpoints=" + EtcdCluster.endpoints(STORE));
            case SECURE -> flags.addAll(TlsEtcd.flags(STORE));
        }
        Map<String, String> environment = new HashMap<>(spec.clocks() ? FakeClock.environment() : Map.of());
        if (spec.leaseSeconds() > 0) {
            environment.put("JFLANNEL_LEASE_SECONDS", String.valueOf(spec.leaseSeconds()));
        }
        LabSetup plain = cluster.withReservations(false)
                .withFlags(flags.toArray(String[]::new))
                .withEnvironment(environment);
        LabSetup setup = store == LeaseStoreKind.KUBERNETES ? KubeStore.in(plain) : plain;
        Lab lab = Lab.prepared(setup, Lab.Progress.NONE);
        try {
            return new LabCluster(lab, setup, store, spec, random);
        } catch (IOException | RuntimeException e) {
            lab.close();
            throw e;
        }
    }

    private LabCluster(Lab lab, LabSetup setup, LeaseStoreKind store, ClusterSpec spec, Random random)
            throws IOException {
        this.lab = lab;
        this.setup = setup;
        this.spec = spec;
        this.random = random;
        this.fakeLeases = new FakeLeases(lab, setup);
        this.delayProxy = spec.store() == ClusterSpec.Store.BEHIND_PROXY
                ? new DelayProxy(lab.store().host())
                : null;
        this.etcdCluster = spec.store() == ClusterSpec.Store.THREE ? new EtcdCluster(lab) : null;
        this.tlsEtcd = spec.store() == ClusterSpec.Store.SECURE ? new TlsEtcd(lab) : null;
        this.kube = store == LeaseStoreKind.KUBERNETES
                ? new KubeStore(lab, setup, lab.store().get("config"))
                : null;
        for (LabNode node : lab.nodes()) {
            if (spec.clocks()) {
                FakeClock.set(node, Duration.ZERO);
            }
            if (tlsEtcd != null) {
                tlsEtcd.giveCertificates(node);
            }
            node.startFlanneld();
        }
        for (LabNode node : lab.nodes()) {
            lab.attach(node);
            placeForeign(node);
        }
        for (Family family : families()) {
            if (lab.reach(1, 2, family, REACH_SECONDS) < 0 || lab.reach(2, 1, family, REACH_SECONDS) < 0) {
                throw new IOException(
                        "the pods do not reach each other over " + family + ", before anything was broken");
            }
        }
    }

    /// Creates things that are not flannel's, unless they exist already.
    void placeForeign(LabNode node) throws IOException {
        node.sh("ip route replace 10.99.0.0/16 via 10.168.0.1"
                + (families().contains(Family.IPV6) ? "; ip -6 route replace fd00:99::/48 via fd00:10:168::1" : "")
                + "; ip neigh replace 10.168.0.77 lladdr 02:00:00:00:00:77 dev eth0 nud permanent"
                + "; nft 'add table inet foreign; add chain inet foreign c; flush chain inet foreign c;"
                + " add rule inet foreign c ip saddr 198.51.100.1 drop'"
                + "; iptables -C FORWARD -s 198.51.100.0/24 -j ACCEPT 2>/dev/null"
                + " || iptables -A FORWARD -s 198.51.100.0/24 -j ACCEPT");
    }

    Lab lab() {
        return lab;
    }

    /// The cluster's families, IPv4 first.
    Set<Family> families() {
        return setup.families();
    }

    boolean nftables() {
        return setup.nftables();
    }

    ClusterSpec spec() {
        return spec;
    }

    /// The node that most faults happen to.
    LabNode node() {
        return lab.node(1);
    }

    LabNode other() {
        return lab.node(2);
    }

    LabHost storeHost() {
        return lab.store().host();
    }

    DelayProxy delayProxy() {
        return delayProxy;
    }

    EtcdCluster etcdCluster() {
        return etcdCluster;
    }

    TlsEtcd tlsEtcd() {
        return tlsEtcd;
    }

    /// The store of the leases, if that is Kubernetes.
    KubeStore kube() {
        return kube;
    }

    /// The network configuration.
    String config() throws IOException {
        return kube == null ? lab.store().get("config") : kube.config();
    }

    void configure(String json) throws IOException {
        if (kube == null) {
            lab.store().put("config", json);
        } else {
            kube.configure(json);
        }
    }

    FakeLeases fakeLeases() {
        return fakeLeases;
    }

    /// The same numbers in every run with the same seed.
    Random random() {
        return random;
    }

    /// The device that carries a family's packets between nodes: the daemon's, or the node's own interface.
    String device(Family family) {
        return switch (setup.scenario()) {
            case UDP, UDP_DAEMON -> "flannel0";
            case VXLAN_EXTERNAL -> "flannel.1";
            case VXLAN, VXLAN_DIRECT -> family == Family.IPV4 ? "flannel.1" : "flannel-v6.1";
            case WIREGUARD -> family == Family.IPV4 ? "flannel-wg" : "flannel-wg-v6";
            case IPSEC -> "flannelx";
            case IPIP -> family == Family.IPV4 ? "flannel.ipip" : "flannel-v6.ipip";
            case HOST_GW, EXTENSION, ALLOC, AWS_VPC, GCE, TENCENT_VPC, ALI_VPC -> LabNode.UNDERLAY;
        };
    }

    /// Of all families, each once.
    Set<String> devices() {
        return families().stream().map(this::device).collect(Collectors.toCollection(LinkedHashSet::new));
    }

    Scenario scenario() {
        return setup.scenario();
    }

    /// Runs a script on a node once for each family, with `$ip`, `$dev`, `$name` in it for `ip -6`, the device and
    /// `ipv6`.
    void shForEachFamily(LabNode node, String script) throws IOException {
        for (Family family : families()) {
            int version = family == Family.IPV4 ? 4 : 6;
            node.sh("ip='ip -" + version + "'; name=ipv" + version + "; dev=" + device(family) + "\n" + script);
        }
    }

    /// Key of a node's lease, below the prefix.
    String leaseKey(LabNode node) {
        return "subnets/"
                + SubnetKey.format(families().stream().map(node::subnet).toList());
    }

    /// Records the state of all nodes.
    ///
    /// The first time, it waits until that no longer changes: the rules follow a moment after a node is ready.
    void remember() throws IOException {
        boolean isFirst = before == null;
        before = snapshot();
        if (isFirst) {
            await(PATIENCE_SECONDS, this::isAtRest);
        }
    }

    private NodeSnapshot snapshot() throws IOException {
        return NodeSnapshot.of(lab.nodes(), lab.cloud().map(_ -> lab.router()));
    }

    private boolean isAtRest() throws IOException {
        NodeSnapshot last = before;
        Pause.millis(AT_REST_MILLIS);
        before = snapshot();
        return before.differenceFrom(last).isEmpty();
    }

    /// Records that the damage is done now; the time until its repair is measured from here.
    void damageIsDone() {
        damaged = System.nanoTime();
    }

    long damagedAt() {
        return damaged;
    }

    boolean isAsBefore() throws IOException {
        return lab.nodes().stream().allMatch(node -> node.flanneld().isAlive())
                && difference().isEmpty();
    }

    /// What differs from before, for people.
    String difference() throws IOException {
        return snapshot().differenceFrom(before);
    }

    /// True if the store has a lease of each node.
    boolean areAllEnrolled() throws IOException {
        if (kube != null) {
            return kube.areAllEnrolled();
        }
        for (LabNode node : lab.nodes()) {
            if (!lab.store().get(leaseKey(node)).contains("PublicIP")) {
                return false;
            }
        }
        return true;
    }

    /// Waits until the first node's state file holds exactly the current peers, which takes a while after many
    /// changes.
    void awaitRemembered() throws IOException {
        await(REMEMBER_SECONDS, () -> {
            String state = node().sh("cat /run/flannel/state.json || :");
            return state.contains(other().address(Family.IPV4).toString()) && !state.contains("10.168.0.250");
        });
    }

    /// Kills a node's daemon, and removes what carries packets to other nodes.
    void loseDevices(LabNode node) throws IOException {
        node.flanneld().kill();
        shForEachFamily(
                node,
                "if [ $dev = eth0 ]; then $ip route flush proto "
                        + setup.scenario().routeProtocol()
                        + "; else [ ! -e /sys/class/net/$dev ] || ip link del $dev; fi");
    }

    /// What the daemon of a node says at `/readyz?verbose`.
    static String readiness(LabNode node) throws IOException {
        return node.host()
                .attempt("curl", "-s", "-m", "2", "http://127.0.0.1:" + HEALTH_PORT + "/readyz?verbose")
                .output();
    }

    /// The last lines of all nodes' daemons.
    List<String> tails() throws IOException {
        List<String> lines = new ArrayList<>();
        for (LabNode node : lab.nodes()) {
            node.flanneld()
                    .tail(TAIL_LINES)
                    .forEach(line -> lines.add(node.host().name() + ": " + line));
        }
        return lines;
    }

    /// Cuts a node off from the store, or reconnects it; the path to other nodes stays.
    void cutFromStore(LabNode node, boolean cut) throws IOException {
        node.sh(cut ? "ip route add blackhole " + STORE + "/32" : "ip route del blackhole " + STORE + "/32");
    }

    /// A condition to wait for.
    @FunctionalInterface
    interface Check {
        boolean holds() throws IOException;
    }

    static boolean await(int seconds, Check check) throws IOException {
        long end = System.nanoTime() + Patience.of(Duration.ofSeconds(seconds)).toNanos();
        while (System.nanoTime() < end) {
            if (check.holds()) {
                return true;
            }
            Pause.millis(20);
        }
        return false;
    }

    @Override
    public void close() {
        try {
            if (delayProxy != null) {
                delayProxy.close();
            }
        } catch (IOException e) {
            // it ends with the lab
        }
        if (kube != null) {
            kube.close();
        }
        lab.close();
    }
}

package jflannel.lab.faults;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import jflannel.ip.Family;
import jflannel.lab.Lab;
import jflannel.lab.LabHost;
import jflannel.lab.LabNode;
import jflannel.lab.LabSetup;
import jflannel.lab.Pause;
import jflannel.lab.Scenario;
import jflannel.linux.Command;

/// A cluster for faults to happen in: two nodes with a pod each, a store, and on each node some things that are not
/// flannel's and must stay.
final class Site implements AutoCloseable {
    static final int HEALTH_PORT = 8085;
    private static final String STORE = "10.168.0.254";
    private static final int REACH_SECONDS = 15;

    /// All of flannel's in a kernel, the file it writes, and the things of others that [#placeForeign] made.
    private static final String STATE = """
            (ip route; ip -6 route; ip -o addr show; ip neigh show nud permanent; ip -6 neigh show nud permanent
            bridge fdb show | grep ' dst ' || :; ip -o link show type vxlan) | grep -E 'flannel|proto 102' \
            | grep -v fe80: | sed -E 's/^[0-9]+: //; s/ +valid_lft.*//; s/qlen [0-9]+//' | sort
            iptables-save | grep -E 'FLANNEL|198.51.100'; cat /run/flannel/subnet.env
            ip route show 10.99.0.0/16; ip neigh show 10.168.0.77; nft list table inet foreign
            """;

    private final Lab lab;
    private final Stage stage;
    private final Scenario scenario;
    private final Line line;
    private final ThreeStores threeStores;
    private final Random random;
    private final Map<Integer, String> before = new HashMap<>();
    private long damaged;

    static Site open(Scenario scenario, Stage stage, Random random) throws IOException {
        List<String> flags = new ArrayList<>(stage.flags());
        flags.add("--healthz-port=" + HEALTH_PORT);
        switch (stage.store()) {
            case ONE -> {}
            case BEHIND_LINE -> flags.add("--etcd-endpoints=http://" + STORE + ":" + Line.PORT);
            case THREE -> flags.add("--etcd-endpoints=" + ThreeStores.endpoints(STORE));
        }
        LabSetup setup = LabSetup.of(scenario).withReservations(false).withFlags(flags.toArray(String[]::new));
        if (stage.leaseSeconds() > 0) {
            setup = setup.withEnvironment(Map.of("JFLANNEL_LEASE_SECONDS", String.valueOf(stage.leaseSeconds())));
        }
        Lab lab = Lab.prepared(setup, Lab.Progress.NONE);
        try {
            return new Site(lab, scenario, stage, random);
        } catch (IOException | RuntimeException e) {
            lab.close();
            throw e;
        }
    }

    private Site(Lab lab, Scenario scenario, Stage stage, Random random) throws IOException {
        this.lab = lab;
        this.scenario = scenario;
        this.stage = stage;
        this.random = random;
        this.line =
                stage.store() == Stage.Store.BEHIND_LINE ? new Line(lab.store().host()) : null;
        this.threeStores = stage.store() == Stage.Store.THREE ? new ThreeStores(lab) : null;
        for (LabNode node : lab.nodes()) {
            node.startFlanneld();
        }
        for (LabNode node : lab.nodes()) {
            lab.attach(node);
            placeForeign(node);
        }
        if (lab.reach(1, 2, Family.IPV4, REACH_SECONDS) < 0 || lab.reach(2, 1, Family.IPV4, REACH_SECONDS) < 0) {
            throw new IOException("the pods do not reach each other, before anything was broken");
        }
    }

    /// Things that are not flannel's; those that are there already stay.
    void placeForeign(LabNode node) throws IOException {
        node.sh("ip route replace 10.99.0.0/16 via 10.168.0.1"
                + "; ip neigh replace 10.168.0.77 lladdr 02:00:00:00:00:77 dev eth0 nud permanent"
                + "; nft 'add table inet foreign; add chain inet foreign c; flush chain inet foreign c;"
                + " add rule inet foreign c ip saddr 198.51.100.1 drop'"
                + "; iptables -C FORWARD -s 198.51.100.0/24 -j ACCEPT 2>/dev/null"
                + " || iptables -A FORWARD -s 198.51.100.0/24 -j ACCEPT");
    }

    Lab lab() {
        return lab;
    }

    Scenario scenario() {
        return scenario;
    }

    Stage stage() {
        return stage;
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

    Line line() {
        return line;
    }

    ThreeStores threeStores() {
        return threeStores;
    }

    /// The same numbers in every run with the same seed.
    Random random() {
        return random;
    }

    /// The device that carries pods' packets between nodes: what a daemon makes, or the nodes' own.
    String device() {
        return switch (scenario) {
            case UDP -> "flannel0";
            case VXLAN, VXLAN_DIRECT, VXLAN_EXTERNAL -> "flannel.1";
            case HOST_GW, ALLOC -> LabNode.UNDERLAY;
        };
    }

    /// Key of a node's lease, below the prefix.
    static String leaseKey(LabNode node) {
        return "subnets/" + node.subnet(Family.IPV4).toString().replace('/', '-');
    }

    /// Notes how all nodes are.
    void remember() throws IOException {
        for (LabNode node : lab.nodes()) {
            before.put(node.number(), state(node));
        }
    }

    /// Notes that the damage is done now, in whose repair we are interested.
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

    /// What is not as before, for the person who wonders.
    String difference() throws IOException {
        StringBuilder difference = new StringBuilder();
        for (LabNode node : lab.nodes()) {
            List<String> was = before.get(node.number()).lines().toList();
            List<String> is = state(node).lines().toList();
            was.stream()
                    .filter(line -> !is.contains(line))
                    .forEach(line -> difference
                            .append(node.host().name())
                            .append(" lacks: ")
                            .append(line)
                            .append('\n'));
            is.stream()
                    .filter(line -> !was.contains(line))
                    .forEach(line -> difference
                            .append(node.host().name())
                            .append(" has: ")
                            .append(line)
                            .append('\n'));
        }
        return difference.toString();
    }

    static String state(LabNode node) throws IOException {
        Command.Result result = node.host().attempt("sh", "-c", STATE);
        return result.output() + result.errors();
    }

    /// What the daemon of a node says at `/readyz?verbose`.
    static String readiness(LabNode node) throws IOException {
        return node.host()
                .attempt("curl", "-s", "-m", "2", "http://127.0.0.1:" + HEALTH_PORT + "/readyz?verbose")
                .output();
    }

    /// The last lines of a node's daemon.
    static List<String> tail(LabNode node) {
        try {
            List<String> lines = node.flanneld().output().lines().toList();
            return lines.subList(Math.max(0, lines.size() - 12), lines.size()).stream()
                    .map(line -> node.host().name() + ": " + line)
                    .toList();
        } catch (IOException e) {
            return List.of(String.valueOf(e.getMessage()));
        }
    }

    /// Takes from a node the way to the store, or gives it back; the way to other nodes stays.
    void cutFromStore(LabNode node, boolean cut) throws IOException {
        node.sh(cut ? "ip route add blackhole " + STORE + "/32" : "ip route del blackhole " + STORE + "/32");
    }

    /// Puts leases of nodes that are not there: 100.96.(200+i).0/24 at 10.168.0.(100+i), from i = 0.
    void putStrangers(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            lab.store().put("subnets/100.96." + (200 + i) + ".0-24", strangersLease(100 + i));
        }
        await(10, () -> subnetsOn(node()) >= count && subnetsOn(other()) >= count);
    }

    /// The value of a lease of a node at 10.168.0.`host`, which need not be there.
    String strangersLease(int host) {
        String type = scenario == Scenario.HOST_GW ? "host-gw" : "vxlan";
        return "{\"PublicIP\":\"10.168.0.%d\",\"BackendType\":\"%s\",\"BackendData\":{\"VNI\":1,\"VtepMAC\":\"%s\"}}"
                .formatted(host, type, "02:00:00:00:01:%02x".formatted(host));
    }

    /// How many subnets of strangers a node's kernel has ways to.
    static int subnetsOn(LabNode node) throws IOException {
        return Integer.parseInt(node.sh("ip route show proto 102 | grep -c '^100.96.2[0-9][0-9]' || :"));
    }

    /// Something that becomes true.
    @FunctionalInterface
    interface Hope {
        boolean holds() throws IOException;
    }

    static boolean await(int seconds, Hope hope) throws IOException {
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        while (System.nanoTime() < end) {
            if (hope.holds()) {
                return true;
            }
            Pause.millis(20);
        }
        return false;
    }

    @Override
    public void close() {
        try {
            if (line != null) {
                line.close();
            }
        } catch (IOException e) {
            // it ends with the lab
        }
        lab.close();
    }
}

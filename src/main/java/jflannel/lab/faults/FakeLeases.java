package jflannel.lab.faults;

import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;
import jflannel.ip.Family;
import jflannel.lab.Lab;
import jflannel.lab.LabNode;
import jflannel.lab.LabSetup;
import jflannel.lab.Pause;
import jflannel.lab.Scenario;
import jflannel.names.Names;

/// Leases in a lab's store of nodes that do not exist, with subnets in the families of the lab's own nodes.
final class FakeLeases {
    /// The number of a single node that joins: its subnet is 100.96.250.0/24, its address 10.168.0.250.
    static final int NEWCOMER = 250;

    /// Below the prefix.
    private static final String FOLDER = "subnets/";

    private static final int PATIENCE_SECONDS = 10;
    private static final int NOTICE_SECONDS = 30;

    private final Lab lab;
    private final boolean dual;
    private final Scenario scenario;

    FakeLeases(Lab lab, LabSetup setup) {
        this.lab = lab;
        this.dual = setup.families().contains(Family.IPV6);
        this.scenario = setup.scenario();
    }

    /// Key, below the prefix, of the lease of 100.96.`number`.0/24 and fd00:100:96:`number`::/64.
    String key(int number) {
        return key("100.96." + number + ".0-24", number);
    }

    /// @param subnet of IPv4, as in keys
    /// @param group of the IPv6 subnet, which counts only if there is one
    String key(String subnet, int group) {
        return FOLDER + subnet + (dual ? "&fd00:100:96:%x::-64".formatted(group) : "");
    }

    /// The value of a lease of a node at 10.168.0.`host` and fd00:10:168::`host`, which need not exist.
    String lease(int host) {
        return lease(host, 0);
    }

    /// @param group distinguishes the MAC addresses of two nodes at one address, from 0 to 255
    String lease(int host, int group) {
        return ("{\"PublicIP\":\"10.168.0.%d\"" + (dual ? ",\"PublicIPv6\":\"fd00:10:168::%1$x\"" : "")
                        + ",\"BackendType\":\"%2$s\",\"BackendData\":%3$s"
                        + (dual ? ",\"BackendV6Data\":%4$s" : "")
                        + "}")
                .formatted(host, scenario.type(), data(scenario, host, group, 4), data(scenario, host, group, 6));
    }

    /// What a stranger's lease says for its backend, as JSON.
    static String data(Scenario scenario, int host, int group, int version) {
        return switch (scenario.type()) {
            case "vxlan" -> "{\"VNI\":1,\"VtepMAC\":\"02:%02x:%02x:00:00:0%d\"}".formatted(group, host, version);
            case "wireguard" -> "{\"PublicKey\":\"%s\",\"Port\":51820}".formatted(publicKey(host, group));
            default -> "null";
        };
    }

    private static String publicKey(int host, int group) {
        byte[] key = new byte[32];
        Arrays.fill(key, (byte) (group + 1));
        key[0] = (byte) host;
        return Base64.getEncoder().encodeToString(key);
    }

    /// Writes a key of a store, given below the prefix, and its value.
    @FunctionalInterface
    interface Put {
        void put(String key, String value) throws IOException;
    }

    /// Deletes such a key.
    @FunctionalInterface
    interface Delete {
        void delete(String key) throws IOException;
    }

    /// Lets a node join and leave again, and checks that the lab's nodes notice both.
    ///
    /// @throws IOException if one does not
    void comeAndGo(Put put, Delete delete) throws IOException {
        put.put(key(NEWCOMER), lease(NEWCOMER));
        boolean joined = LabCluster.await(NOTICE_SECONDS, () -> waysOn(lab.node(1)) == 1);
        delete.delete(key(NEWCOMER));
        if (!joined) {
            throw new IOException("a node that joined was not noticed");
        }
        awaitGone();
    }

    /// Waits until no node has routes to a newcomer, so that the next fault starts without one.
    ///
    /// @throws IOException if one keeps its routes
    void awaitGone() throws IOException {
        if (!LabCluster.await(NOTICE_SECONDS, () -> waysOn(lab.node(1)) == 0 && waysOn(lab.node(2)) == 0)) {
            throw new IOException("a node that left was not noticed");
        }
    }

    /// Waits until nodes that left earlier no longer count with those that vanish next: to a daemon, all that leave
    /// within ten seconds are one loss.
    static void settle() throws IOException {
        Pause.millis(11_000);
    }

    /// Lets this many nodes join, with subnets from 100.96.200.0/24 up, and waits until all nodes have routes to
    /// them, and admit them a moment later where there is a peer filter.
    void join(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            lab.store().put(key(200 + i), lease(100 + i));
        }
        awaitKnown(count);
    }

    /// Waits until all nodes have routes to that many such nodes, and admit them.
    void awaitKnown(int count) throws IOException {
        LabCluster.await(PATIENCE_SECONDS, () -> knows(lab.node(1), count) && knows(lab.node(2), count));
    }

    private boolean knows(LabNode node, int count) throws IOException {
        String filter = node.sh("nft list table inet " + Names.DEFAULT.peerFilterTable() + " 2>/dev/null || :");
        boolean admitted =
                filter.isEmpty() || IntStream.range(0, count).allMatch(i -> filter.contains("10.168.0." + (100 + i)));
        return admitted && waysOn(node) >= count;
    }

    /// The number of such subnets that a node's kernel can send to, in the family with the fewest.
    int waysOn(LabNode node) throws IOException {
        List<String> subnets = PeerSubnets.of(node, scenario);
        int ways = count(subnets, "100\\.96\\.2\\d\\d\\..*");
        return dual ? Math.min(ways, count(subnets, "fd00:100:96:[c-f].:.*")) : ways;
    }

    private static int count(List<String> subnets, String pattern) {
        return (int) subnets.stream().filter(subnet -> subnet.matches(pattern)).count();
    }
}

package jflannel.daemon;

import static jflannel.daemon.Labs.lab;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import jflannel.ip.Family;
import jflannel.lab.Lab;
import jflannel.lab.LabNode;
import jflannel.lab.LabProcess;
import jflannel.lab.LabSetup;
import jflannel.lab.Scenario;
import jflannel.names.Names;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A second daemon on each host, for a network of its own.
class TwoNetworksIT {
    private static final Path FLANNELD = Path.of("target/jflannel/bin/flanneld").toAbsolutePath();
    private static final String BLUE = Names.derivedFrom("/blue/network").network();
    /// As long as several looks at the rules.
    private static final Duration WATCHED = Duration.ofSeconds(5);

    /// All that the kernel has of flannel's, with handles, which change when somebody writes it again.
    private static final String STATE = """
            nft -a list ruleset | sed 's/packets [0-9]* bytes [0-9]*//'
            ip -o addr show | grep flannel || :; ip route show proto 102 | sed 's/ linkdown//'
            ip -o link show | grep flannel | sed 's/<.*>//; s/state [A-Z]*//' || :
            """;

    @ParameterizedTest(name = "{0}, nftables {1}, beside {2}")
    @CsvSource(delimiter = '|', textBlock = """
            VXLAN   | false | {"Type":"vxlan","VNI":2}
            VXLAN   | true  | {"Type":"vxlan","VNI":2}
            UDP     | false | {"Type":"udp","Port":8286}
            VXLAN   | true  | {"Type":"udp"}
            HOST_GW | false | {"Type":"host-gw"}
            """)
    void twoNetworksWorkSideBySide(Scenario red, boolean nftables, String blue) throws Exception {
        LabSetup setup = LabSetup.of(red).withNftables(nftables).withFlags("--ip-masq", "--iptables-resync=1");
        try (Lab lab = lab(setup)) {
            configure(lab, blue, nftables);
            LabProcess one = second(lab, lab.node(1));
            second(lab, lab.node(2));
            String target = attach(lab.node(2));
            attach(lab.node(1));
            assertThat(lab.node(1).host().reach(target, 10)).as("within blue").isPositive();
            assertThat(lab.reach(1, 2, Family.IPV4, 10)).as("within red").isPositive();

            String state = lab.node(1).sh(STATE);
            assertThat(state).contains("100.96.0.0/16", "10.77.0.0/16", nftables ? "flannel-ipv4-" + BLUE : BLUE);
            await().during(WATCHED)
                    .atMost(WATCHED.plusSeconds(5))
                    .until(() -> lab.node(1).sh(STATE).equals(state));
            assertThat(one.tail(100)).noneMatch(line -> line.contains("repaired"));
            assertThat(lab.node(1).flanneld().tail(100)).noneMatch(line -> line.contains("repaired"));
            assertThat(lab.node(1).sh("cat /run/flannel/blue-status.json")).contains("\"state\":\"ready\"");
            assertThat(lab.node(1).sh("cat /run/flannel/status.json")).contains("\"state\":\"ready\"");

            one.terminate(20);
            assertThat(lab.node(1).sh(STATE))
                    .as("what a daemon leaves when it ends")
                    .isEqualTo(state);
        }
    }

    @Test
    void aDeviceOfAnotherLivingDaemonIsNamedAndNotTouched() throws Exception {
        try (Lab lab = lab(LabSetup.of(Scenario.VXLAN))) {
            configure(lab, "{\"Type\":\"vxlan\"}", false);
            String state = lab.node(1).sh(STATE);
            LabProcess blue = start(lab, lab.node(1));
            String words = "flannel.1 belongs to the flanneld of /coreos.com/network, pid "
                    + lab.node(1).flanneld().pid() + ": set another VNI in etcd key /blue/network/config";
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> lab.node(1)
                            .sh("cat /run/flannel/blue-status.json || :")
                            .contains(words));
            assertThat(lab.node(1).sh(STATE)).isEqualTo(state);
            assertThat(lab.reach(1, 2, Family.IPV4, 5)).isPositive();
            configure(lab, "{\"Type\":\"vxlan\",\"VNI\":2}", false);
            awaitReady(lab.node(1));
            assertThat(blue.isAlive()).isTrue();
        }
    }

    @Test
    void waitsForThePortOfAnotherDaemonToBecomeFree() throws Exception {
        try (Lab lab = lab(LabSetup.of(Scenario.UDP))) {
            configure(lab, "{\"Type\":\"udp\"}", false);
            start(lab, lab.node(1));
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> lab.node(1)
                            .sh("cat /run/flannel/blue-status.json || :")
                            .contains("\"code\":\"other-daemon\""));
            lab.node(1).flanneld().terminate(20);
            awaitReady(lab.node(1));
        }
    }

    private static void configure(Lab lab, String backend, boolean nftables) throws IOException {
        lab.store()
                .host()
                .sh("ETCDCTL_API=3 etcdctl --endpoints=http://127.0.0.1:2379 put /blue/network/config"
                        + " '{\"Network\":\"10.77.0.0/16\",\"EnableNFTables\":%s,\"Backend\":%s}'"
                                .formatted(nftables, backend));
    }

    private static LabProcess start(Lab lab, LabNode node) throws IOException {
        return node.host()
                .start(
                        "blue.log",
                        FLANNELD.toString(),
                        "--etcd-endpoints=" + lab.store().endpoints(),
                        "--etcd-prefix=/blue/network",
                        "--iface=" + LabNode.UNDERLAY,
                        "--subnet-file=/run/flannel/blue.env",
                        "--state-file=/run/flannel/blue.json",
                        "--ip-masq",
                        "--iptables-resync=1");
    }

    /// Waits for the second daemon of a node to be ready.
    private static LabProcess second(Lab lab, LabNode node) throws IOException {
        LabProcess blue = start(lab, node);
        awaitReady(node);
        return blue;
    }

    private static void awaitReady(LabNode node) {
        await().atMost(Duration.ofSeconds(30))
                .until(() -> node.sh("cat /run/flannel/blue-status.json || :").contains("\"state\":\"ready\""));
    }

    /// Gives the node an address of its subnet in the second network, in place of a pod's.
    private static String attach(LabNode node) throws IOException {
        String subnet = node.sh("sed -n 's/^FLANNEL_SUBNET=//p' /run/flannel/blue.env");
        node.sh("ip link add blue0 type veth peer name blue1; ip link set blue0 up; ip link set blue1 up;"
                + " ip addr add " + subnet + " dev blue0");
        return subnet.substring(0, subnet.indexOf('/'));
    }
}

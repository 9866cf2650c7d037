package jflannel.daemon;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.lab.Lab;
import jflannel.lab.LabNode;
import jflannel.lab.LabSetup;
import jflannel.lab.Scenario;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// How the daemon starts, or says why it cannot.
class StartIT {
    @Test
    void twelveNodesStartAtOnceInAPoolOfTwelve() throws Exception {
        int nodes = 12;
        String pool = "{\"Network\":\"100.96.0.0/16\",\"SubnetMin\":\"100.96.1.0\",\"SubnetMax\":\"100.96.12.0\","
                + "\"Backend\":{\"Type\":\"vxlan\"}}";
        LabSetup setup = LabSetup.of(Scenario.VXLAN)
                .withNodes(nodes)
                .withReservations(false)
                .withConfig(pool);
        try (Lab lab = Lab.with(setup)) {
            Set<Cidr> subnets = new HashSet<>();
            for (LabNode node : lab.nodes()) {
                assertThat(node.flanneld().isAlive()).isTrue();
                subnets.add(node.subnet(Family.IPV4));
            }
            assertThat(subnets).hasSize(nodes);
            for (int to = 2; to <= nodes; to++) {
                assertThat(lab.reach(1, to, Family.IPV4, 10))
                        .as("from node 1 to node " + to)
                        .isPositive();
            }
        }
    }

    @Test
    void aDeviceOfGoFlannelIsTakenOverUnderTraffic() throws Exception {
        try (Lab lab = Lab.prepared(LabSetup.of(Scenario.VXLAN), Lab.Progress.NONE)) {
            String mac = "ba:b4:1b:5d:88:7";
            for (int i = 1; i <= 2; i++) {
                leaveWhatGoFlannelLeaves(lab, i, 3 - i, mac);
                lab.store()
                        .put(
                                "subnets/100.96." + i + ".0-24",
                                ("{\"PublicIP\":\"10.168.0.%d\",\"PublicIPv6\":null,\"BackendType\":\"vxlan\","
                                                + "\"BackendData\":{\"VNI\":1,\"VtepMAC\":\"%s%d\"}}")
                                        .formatted(i + 1, mac, i));
            }
            Traffic traffic = new Traffic(lab.node(1).host(), "100.96.2.0", 60); // to the other end of the tunnel
            for (LabNode node : lab.nodes()) {
                node.startFlanneld();
                lab.attach(node);
            }
            assertThat(lab.reach(1, 2, Family.IPV4, 10)).isPositive();
            Traffic.Count pings = traffic.end();
            assertThat(pings.received()).isGreaterThan(100);
            assertThat(pings.lost()).isZero();
            for (int i = 1; i <= 2; i++) {
                assertThat(lab.store().get("subnets/100.96." + i + ".0-24")).contains(mac + i);
                assertThat(lab.node(i).sh("ip -o link show flannel.1"))
                        .startsWith(lab.node(i).sh("cat /run/index"));
            }
        }
    }

    private static void leaveWhatGoFlannelLeaves(Lab lab, int number, int other, String mac) throws Exception {
        lab.node(number).sh("""
                        ip link add flannel.1 address %1$s%2$d mtu 1450 type vxlan id 1 local 10.168.0.%3$d dev eth0 dstport 8472 nolearning
                        ip addr add 100.96.%2$d.0/32 dev flannel.1
                        ip link set flannel.1 up
                        ip neigh replace 100.96.%4$d.0 lladdr %1$s%4$d dev flannel.1 nud permanent
                        bridge fdb replace %1$s%4$d dev flannel.1 dst 10.168.0.%5$d self permanent
                        ip route replace 100.96.%4$d.0/24 via 100.96.%4$d.0 dev flannel.1 onlink
                        ip -o link show flannel.1 | sed 's/:.*/:/' > /run/index
                        """.formatted(mac, number, number + 1, other, other + 1));
    }

    @ParameterizedTest(name = "{0} exits with {1}")
    @CsvSource(delimiter = '|', textBlock = """
            --no-such-flag                       | 2 | --no-such-flag
            --iptables-resync=often              | 2 | --iptables-resync
            --subnet-lease-renew-margin=1440     | 1 | --subnet-lease-renew-margin
            --public-ip=300.1.2.3                | 1 | --public-ip
            --kube-subnet-mgr                    | 1 | --kubeconfig-file
            --version                            | 0 | 0.1.0
            """)
    void saysWhatIsWrong(String flag, int code, String word) throws Exception {
        try (Lab lab = Lab.prepared(LabSetup.of(Scenario.HOST_GW).withNodes(1), Lab.Progress.NONE)) {
            var flanneld = lab.node(1).startFlanneld(flag);
            assertThat(flanneld.await(20)).isEqualTo(code);
            assertThat(flanneld.output()).contains(word);
        }
    }

    @Test
    void waitsForASubnetWhereTheNetworkIsFull() throws Exception {
        LabSetup setup = LabSetup.of(Scenario.HOST_GW)
                .withNodes(1)
                .withReservations(false)
                .withConfig(
                        "{\"Network\":\"100.96.0.0/16\",\"SubnetMin\":\"100.96.9.0\",\"SubnetMax\":\"100.96.9.0\"}");
        try (Lab lab = Lab.prepared(setup, Lab.Progress.NONE)) {
            lab.store().put("subnets/100.96.9.0-24", "{\"PublicIP\":\"10.168.0.99\"}");
            var flanneld = lab.node(1).startFlanneld();
            await().atMost(20, SECONDS)
                    .until(() -> lab.node(1)
                            .sh("cat /run/flannel/status.json 2>/dev/null || :")
                            .matches("(?s).*waiting-for-.*no-lease.*out of subnets.*"));

            lab.store().delete("subnets/100.96.9.0-24");
            await().atMost(20, SECONDS).until(() -> flanneld.output().contains("this node leases 100.96.9.0/24"));
        }
    }

    @Test
    void waitsForAConfigurationThatCanWork() throws Exception {
        LabSetup setup = LabSetup.of(Scenario.HOST_GW)
                .withNodes(1)
                .withConfig("{\"Network\":\"100.96.0.0/16\",\"Backend\":{\"Type\":\"pigeon\"}}");
        try (Lab lab = Lab.prepared(setup, Lab.Progress.NONE)) {
            lab.node(1).startFlanneld();
            Labs.soon(
                    "it names what cannot be used",
                    () -> lab.node(1)
                            .sh("cat /run/flannel/status.json 2>/dev/null || true")
                            .contains("pigeon"));
            lab.store().put("config", "{\"Network\":\"100.96.0.0/16\",\"Backend\":{\"Type\":\"host-gw\"}}");
            Labs.soon("it is ready", () -> lab.node(1).flanneld().output().contains("] ready"));
        }
    }

    /// What is missing meets different threads: those of the store, of gRPC, of a loop that runs already. A prepared
    /// class is there though its file is not, so the copies are tried with prepared classes and without.
    @Test
    void aDefectIsNoOrderlyEndWhateverThreadMeetsIt() throws Exception {
        try (Lab lab = Lab.prepared(LabSetup.of(Scenario.HOST_GW).withNodes(1), Lab.Progress.NONE)) {
            LabNode node = lab.node(1);
            for (String damage : List.of(
                    "rm lib/grpc-*",
                    "rm lib/grpc-*; touch lib/jflannel.jar",
                    "rm lib/grpc-core-*; touch lib/jflannel.jar",
                    "rm lib/protobuf-*; touch lib/jflannel.jar",
                    "rm lib/failureaccess-*; touch lib/jflannel.jar")) {
                node.sh("rm -rf /run/broken; cp -a '%s' /run/broken; cd /run/broken; %s"
                        .formatted(Path.of("target/jflannel").toAbsolutePath(), damage));
                node.sh(
                        "timeout 50 /run/broken/bin/flanneld --iface=eth0 2>/run/log && echo 0 > /run/code || echo $? > /run/code");
                assertThat(node.sh("cat /run/code"))
                        .as(damage + ":\n" + node.sh("cat /run/log"))
                        .isEqualTo("1");
                assertThat(node.sh("cat /run/log")).contains("a defect of this program ends it");
            }
        }
    }

    /// What a host may run out of: with too little of it the daemon says so and ends; without disk space it goes
    /// on, and says so.
    @Test
    void saysWhatTheHostHasTooLittleOf() throws Exception {
        try (Lab lab = Lab.prepared(LabSetup.of(Scenario.HOST_GW).withNodes(1), Lab.Progress.NONE)) {
            LabNode node = lab.node(1);
            String flanneld = Path.of("target/jflannel/bin/flanneld").toAbsolutePath() + " --iface=eth0";
            assertThat(node.sh("(ulimit -n 60; timeout 20 " + flanneld + ") 2>&1 || echo \"code $?\""))
                    .contains("may open only 60 files", "LimitNOFILE", "code 1");

            node.sh("mkdir -p /run/flannel /run/full && mount -t tmpfs -o size=4k none /run/flannel"
                    + " && mount -t tmpfs -o size=4k none /run/full"
                    + " && for disk in flannel full; do head -c 4096 /dev/zero > /run/$disk/ballast; done");
            var daemon = node.startFlanneld("--state-file=/run/full/state.json");
            for (String file : List.of("subnet.env", "state.json", "status.json")) {
                Labs.soon(
                        "it says that " + file + " cannot be written",
                        () -> daemon.output().contains(file + " cannot be written"));
            }
            assertThat(daemon.isAlive()).isTrue();
            node.sh("rm /run/flannel/ballast /run/full/ballast; umount -l /run/flannel; umount -l /run/full");
            Labs.soon("it is ready", () -> daemon.output().contains("] ready"));
            assertThat(daemon.output()).containsOnlyOnce("status.json cannot be written");
        }
    }

    @Test
    void neverLogsThePassword() throws Exception {
        try (Lab lab = Lab.prepared(LabSetup.of(Scenario.HOST_GW).withNodes(1), Lab.Progress.NONE)) {
            lab.node(1).startFlanneld("--etcd-username=me", "--etcd-password=sesame-open", "-v=9");
            lab.attach(lab.node(1));
            Labs.soon(
                    "it says that it is ready",
                    () -> lab.node(1).flanneld().output().contains("] ready"));
            assertThat(lab.node(1).flanneld().output()).doesNotContain("sesame-open");
        }
    }
}

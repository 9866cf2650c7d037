package jflannel.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jflannel.ip.Family;
import jflannel.lab.Lab;
import jflannel.lab.LabHost;
import jflannel.lab.LabNode;
import jflannel.lab.LabSetup;
import jflannel.lab.Scenario;
import jflannel.linux.Command;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A host without flanneld among others that have it.
class PeerCommandIT {
    private static final Path FLANNEL = Path.of("target/jflannel/bin/flannel").toAbsolutePath();

    private static Command.Result peer(Lab lab, String... words) throws IOException {
        List<String> all = new ArrayList<>(List.of(FLANNEL.toString(), "peer"));
        all.addAll(List.of(words));
        all.add("--etcd-endpoints=" + lab.store().endpoints());
        return lab.node(3).host().attempt(all.toArray(String[]::new));
    }

    private static Lab lab(Scenario scenario) throws IOException {
        LabSetup setup = LabSetup.of(scenario).withNodes(3).withReservations(false);
        Lab lab = Lab.prepared(setup, Lab.Progress.NONE);
        for (LabNode node : lab.nodes().subList(0, 2)) {
            node.startFlanneld();
            node.awaitReady();
            lab.attach(node);
        }
        return lab;
    }

    @ParameterizedTest
    @EnumSource(names = {"VXLAN", "HOST_GW"})
    void aHostWithoutFlanneldReachesAllPodsAndTheyReachIt(Scenario scenario) throws Exception {
        try (Lab lab = lab(scenario)) {
            LabHost host = lab.node(3).host();
            host.sh("ip addr add 100.96.200.1/32 dev lo");
            String own = lab.node(3).address(Family.IPV4).toString();
            Command.Result added = peer(lab, "add", "100.96.200.0/24", "--public-ip=" + own);
            assertThat(added.errors()).isEmpty();
            assertThat(added.output()).contains("added 100.96.200.0/24", "flannel peer script 100.96.200.0/24");
            String script = peer(lab, "script", "100.96.200.0/24").output();
            for (int run = 0; run < 2; run++) {
                assertThat(host.attemptWithInput(script, "sh", "-e").errors()).isEmpty();
            }
            for (int i = 1; i <= 2; i++) {
                assertThat(host.reach(lab.node(i).podAddress(Family.IPV4).toString(), 10))
                        .isPositive();
                assertThat(lab.pod(i).reach("100.96.200.1", 10)).isPositive();
            }
            String gone = "100.96.201.0/24";
            assertThat(peer(
                                    lab,
                                    "add",
                                    gone,
                                    "--public-ip="
                                            + lab.node(2).address(Family.IPV4).plus(100))
                            .errors())
                    .isEmpty();
            for (boolean there : List.of(true, false)) {
                script = peer(lab, "script", "100.96.200.0/24").output();
                assertThat(host.attemptWithInput(script, "sh", "-e").errors()).isEmpty();
                String entries = host.sh("ip route; ip neigh; bridge fdb");
                assertThat(entries.contains("100.96.201.0")).as(entries).isEqualTo(there);
                assertThat(entries.contains(
                                lab.node(2).address(Family.IPV4).plus(100).toString()))
                        .as(entries)
                        .isEqualTo(there);
                assertThat(host.reach(lab.node(1).podAddress(Family.IPV4).toString(), 10))
                        .isPositive();
                if (there) {
                    assertThat(peer(lab, "remove", gone).exitCode()).isZero();
                }
            }
            assertThat(peer(lab, "list").output())
                    .contains("100.96.200.0/24 at " + own + ", permanent\n")
                    .doesNotContain("left out");
            assertThat(lab.node(1).flanneld().output()).doesNotContainPattern("(?m)^[WE]\\d{4} .*100\\.96\\.200");

            assertThat(peer(lab, "remove", "100.96.200.0/24").exitCode()).isZero();
            assertThat(peer(lab, "list").output()).doesNotContain("100.96.200.0");
        }
    }

    @Test
    void aPeerThatMakesNoSenseOrStandsInTheWayIsRefused() throws Exception {
        try (Lab lab = lab(Scenario.VXLAN)) {
            String taken = lab.node(1).subnet(Family.IPV4).toString();
            String first = lab.node(1).address(Family.IPV4).toString();
            refused(lab, "overlaps", "add", taken, "--public-ip=192.0.2.9");
            refused(lab, first + " already has the lease", "add", "100.96.200.0/24", "--public-ip=" + first);
            refused(lab, "is not part of the network", "add", "10.99.0.0/24", "--public-ip=192.0.2.9");
            refused(lab, "is too large a part", "add", "100.96.128.0/17", "--public-ip=192.0.2.9");
            refused(lab, "cannot receive packets", "add", "100.96.200.0/24", "--public-ip=127.0.0.1");
            refused(lab, "covers its address", "add", "100.96.200.0/24", "--public-ip=100.96.200.7");
            refused(lab, "The subnet of that address is", "add", "100.96.200.7/24", "--public-ip=192.0.2.9");
            refused(
                    lab,
                    "--vtep-mac",
                    "add",
                    "100.96.200.0/24",
                    "--public-ip=192.0.2.9",
                    "--vtep-mac=ff:ff:ff:ff:ff:ff");
            String mac = lab.node(1).sh("cat /sys/class/net/flannel.1/address").strip();
            refused(lab, mac, "add", "100.96.200.0/24", "--public-ip=192.0.2.9", "--vtep-mac=" + mac);
            refused(lab, "Stop that one", "remove", taken);
            refused(lab, "There is no lease", "remove", "100.96.200.0/24");
            refused(lab, "add it first", "script", "100.96.200.0/24");
            assertThat(String.join("\n", lab.store().contents())).doesNotContain("192.0.2.9", "100.96.200");
        }
    }

    private static void refused(Lab lab, String because, String... words) throws IOException {
        Command.Result result = peer(lab, words);
        assertThat(result.errors()).contains(because);
        assertThat(result.exitCode()).isEqualTo(2);
    }
}

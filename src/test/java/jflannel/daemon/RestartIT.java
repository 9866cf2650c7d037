package jflannel.daemon;

import static jflannel.daemon.Labs.kernelState;
import static jflannel.daemon.Labs.lab;
import static jflannel.daemon.Labs.soon;
import static org.assertj.core.api.Assertions.assertThat;

import jflannel.ip.Family;
import jflannel.lab.Lab;
import jflannel.lab.LabNode;
import jflannel.lab.LabProcess;
import jflannel.lab.LabSetup;
import jflannel.lab.Scenario;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// A daemon that ends, by whatever way, and starts again costs no packet where the kernel carries them; nor does a
/// store that goes away.
class RestartIT {
    @ParameterizedTest(name = "{0}, killed: {1}, nftables: {2}")
    @CsvSource({"VXLAN, true, false", "VXLAN, false, true", "HOST_GW, true, true", "HOST_GW, false, false"})
    void aRestartUnderTrafficLosesNothing(Scenario scenario, boolean killed, boolean nftables) throws Exception {
        try (Lab lab = lab(LabSetup.of(scenario).withNftables(nftables))) {
            LabNode node = lab.node(1);
            String before = kernelState(node);
            Traffic there = new Traffic(lab, 1, 2, 60);
            Traffic back = new Traffic(lab, 2, 1, 60);
            for (int i = 0; i < 2; i++) {
                if (killed) {
                    node.flanneld().kill();
                } else {
                    assertThat(node.flanneld().terminate(10)).isZero();
                }
                assertThat(kernelState(node)).isEqualTo(before);
                node.startFlanneld();
                node.awaitReady();
            }
            for (Traffic traffic : new Traffic[] {there, back}) {
                Traffic.Count ping = traffic.end();
                assertThat(ping.received()).isGreaterThan(100);
                assertThat(ping.lost()).isZero();
            }
            assertThat(kernelState(node)).isEqualTo(before);
        }
    }

    /// Packets of the time in which nobody carries them are lost. Device, routes and connections stay.
    @Test
    void aRestartOfTheUdpBackendCostsPacketsButNoConnection() throws Exception {
        try (Lab lab = lab(Scenario.UDP)) {
            LabNode node = lab.node(1);
            String before = kernelState(node);
            String device = node.sh("cat /proc/net/dev_snmp6/flannel0 | head -n 1"); // its number
            lab.pod(2).start("server.log", "iperf3", "--server", "--one-off");
            soon("iperf3 listens", () -> lab.pod(2).sh("ss -ltnH").contains("5201"));
            String target = lab.node(2).podAddress(Family.IPV4).toString();
            LabProcess stream = lab.pod(1).start("stream.log", "iperf3", "--client", target, "--time", "6");
            for (boolean killed : new boolean[] {false, true}) {
                Traffic traffic = new Traffic(lab, 1, 2, 60);
                if (killed) {
                    node.flanneld().kill();
                } else {
                    assertThat(node.flanneld().terminate(10)).isZero();
                }
                node.startFlanneld();
                node.awaitReady();
                soon("the pods reach each other", () -> lab.reach(1, 2, Family.IPV4, 1) > 0);
                Traffic.Count ping = traffic.end();
                System.out.printf("a restart (killed: %s) lost %d pings, one each 5 ms%n", killed, ping.lost());
                assertThat(kernelState(node)).isEqualTo(before);
                assertThat(node.sh("cat /proc/net/dev_snmp6/flannel0 | head -n 1"))
                        .isEqualTo(device);
            }
            assertThat(stream.await(60)).as(stream.output()).isZero();
            assertThat(stream.output()).contains("receiver");
        }
    }

    @Test
    void aNodeTakesItsSubnetBackFromItsFileIfTheStoreForgot() throws Exception {
        try (Lab lab = lab(LabSetup.of(Scenario.HOST_GW).withReservations(false))) {
            LabNode node = lab.node(1);
            var subnet = node.subnet(Family.IPV4);
            node.flanneld().kill();
            lab.store().delete("subnets/" + subnet.address() + "-" + subnet.length());
            node.startFlanneld();
            node.awaitReady();
            assertThat(node.subnet(Family.IPV4)).isEqualTo(subnet);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"VXLAN", "HOST_GW", "UDP"})
    void aStoreThatEndsAndComesBackCostsNothingAndNewsArriveAfterwards(Scenario scenario) throws Exception {
        LabSetup setup = LabSetup.of(scenario).withNodes(3);
        try (Lab lab = lab(setup)) {
            Traffic traffic = new Traffic(lab, 1, 2, 60);
            lab.node(3).flanneld().kill();
            lab.store().kill();
            Thread.sleep(3000);
            assertThat(lab.node(1).flanneld().isAlive()).isTrue();
            lab.store().start();
            Traffic.Count ping = traffic.end();
            assertThat(ping.received()).isGreaterThan(100);
            assertThat(ping.lost()).isZero();
            lab.store().delete("subnets/100.96.3.0-24");
            soonGone(lab, scenario);
        }
    }

    private static void soonGone(Lab lab, Scenario scenario) {
        if (scenario != Scenario.UDP) { // there the peers are in the process
            org.awaitility.Awaitility.await()
                    .atMost(java.time.Duration.ofSeconds(15))
                    .until(() -> lab.node(1).sh("ip route show 100.96.3.0/24").isEmpty());
        }
    }

    @Test
    void aLeaseDeletedByHandIsTakenAgainAtOnce() throws Exception {
        try (Lab lab = lab(LabSetup.of(Scenario.VXLAN).withReservations(false))) {
            var subnet = lab.node(1).subnet(Family.IPV4);
            String key = "subnets/" + subnet.address() + "-" + subnet.length();
            String value = lab.store().get(key);
            assertThat(value).contains("VtepMAC");
            lab.store().delete(key);
            soon("the lease is back", () -> lab.store().get(key).equals(value));
            assertThat(lab.node(1).flanneld().isAlive()).isTrue();
            soon("the pods reach each other", () -> lab.reach(2, 1, Family.IPV4, 1) > 0);
        }
    }
}

package jflannel.daemon;

import static jflannel.daemon.Labs.lab;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import jflannel.ip.Family;
import jflannel.lab.Lab;
import jflannel.lab.LabNode;
import jflannel.lab.LabProcess;
import jflannel.lab.LabSetup;
import jflannel.lab.Scenario;
import jflannel.testing.Host;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// One daemon that serves two networks, `red` and `blue`: node 1 is in both, node 2 in red, node 3 in blue.
class HostedNetworksIT {
    private static final Path FLANNELD = Path.of("target/jflannel/bin/flanneld").toAbsolutePath();
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String STATUS = "/run/flannel/networks/%s-status.json";

    private final List<Host> hosts = new ArrayList<>();

    /// A pod, and where it is reached.
    private record Pod(Host host, String v4, String v6) {
        boolean reaches(String address) throws Exception {
            return host.sh("ping -n -c1 -W1 " + address + " >/dev/null && echo yes || echo no")
                    .contains("yes");
        }

        /// How many echo requests arrived.
        int arrived() throws Exception {
            return Integer.parseInt(host.sh("awk '/^Icmp: [0-9]/ {print $10}' /proc/net/snmp")
                            .strip())
                    + Integer.parseInt(host.sh("awk '/^Icmp6InEchos/ {print $2}' /proc/net/snmp6")
                            .strip());
        }

        /// True if a packet arrives at another pod that this one sends under an address which it does not have.
        boolean forges(String source, Pod target) throws Exception {
            boolean v6 = source.contains(":");
            int before = target.arrived();
            host.sh("ip addr add " + source + (v6 ? "/128 nodad" : "/32") + " dev lo; ping -n -c1 -W1 -I " + source
                    + " "
                    + (v6 ? target.v6 : target.v4) + " >/dev/null || :; ip addr del " + source
                    + (v6 ? "/128" : "/32") + " dev lo");
            return target.arrived() > before;
        }
    }

    @ParameterizedTest(name = "{0}, nftables {1}")
    @CsvSource(delimiter = '|', textBlock = """
            {"Type":"vxlan","VNI":%d}   | false | true
            {"Type":"vxlan","VNI":%d}   | true  | true
            {"Type":"host-gw"}          | true  | true
            """)
    void networksOfOneDaemonAreApart(String backend, boolean nftables, boolean v6) throws Exception {
        try (Lab lab = lab(LabSetup.of(Scenario.HOST_GW).withNodes(3).withFamilies(EnumSet.allOf(Family.class)))) {
            configure(lab, "red", backend.formatted(92), "10.92.0.0/16", v6 ? "fd92::/48" : "", nftables);
            configure(lab, "blue", backend.formatted(93), "10.93.0.0/16", v6 ? "fd93::/48" : "", nftables);
            LabNode both = lab.node(1);
            LabProcess open = start(lab, both, "red,blue", "--isolate=false");
            LabProcess hostile = start(lab, lab.node(2), "red");
            start(lab, lab.node(3), "blue");
            Pod red = pod(both, "red", v6);
            Pod blue = pod(both, "blue", v6);
            Pod farRed = pod(lab.node(2), "red", v6);
            Pod farBlue = pod(lab.node(3), "blue", v6);
            boolean tunnel = !backend.contains("host-gw");
            await().atMost(PATIENCE).until(() -> red.reaches(farRed.v4) && blue.reaches(farBlue.v4));
            hostile.terminate(20); // it would remove a route that leads elsewhere by its tunnel
            lead(lab.node(2), backend, both);
            assertThat(red.reaches(blue.v4)).as("without isolation").isTrue();
            assertThat(forgeries(red, farRed, blue, farBlue, v6, tunnel)).doesNotContain("");

            assertThat(open.terminate(20)).isZero();
            LabProcess apart = start(lab, both, "red,blue");
            await().atMost(PATIENCE).untilAsserted(() -> assertApart(red, farRed, blue, farBlue, v6, tunnel));

            apart.kill();
            assertApart(red, farRed, blue, farBlue, v6, tunnel);
            String state = both.sh("ip route show proto 102; nft list table inet flannel-isolation-red");
            apart = start(lab, both, "red,blue");
            both.sh("nft delete table inet flannel-isolation-red");
            await().atMost(PATIENCE)
                    .until(() -> both.sh("ip route show proto 102; nft list table inet flannel-isolation-red || :")
                            .equals(state));
            assertApart(red, farRed, blue, farBlue, v6, tunnel);

            assertThat(apart.terminate(20)).isZero();
            start(lab, both, "red");
            assertThat(red.reaches(farRed.v4)).isTrue();
            assertThat(red.reaches(blue.v4))
                    .as("blue is served no longer, its pods live")
                    .isFalse();
        } finally {
            hosts.forEach(Host::close);
        }
    }

    private static void assertApart(Pod red, Pod farRed, Pod blue, Pod farBlue, boolean v6, boolean tunnel)
            throws Exception {
        assertThat(red.reaches(farRed.v4)).as("within red").isTrue();
        assertThat(blue.reaches(farBlue.v4)).as("within blue").isTrue();
        if (v6) {
            assertThat(red.reaches(farRed.v6)).as("within red").isTrue();
            assertThat(farBlue.reaches(blue.v6)).as("within blue").isTrue();
            assertThat(red.reaches(blue.v6)).isFalse();
        }
        assertThat(red.reaches(blue.v4)).isFalse();
        assertThat(blue.reaches(red.v4)).isFalse();
        assertThat(farRed.reaches(blue.v4)).isFalse();
        assertThat(forgeries(red, farRed, blue, farBlue, v6, tunnel)).containsOnly("");
    }

    /// What came through; an empty line for each packet that did not.
    private static List<String> forgeries(Pod red, Pod farRed, Pod blue, Pod farBlue, boolean v6, boolean tunnel)
            throws Exception {
        List<String> passed = new ArrayList<>();
        List<String> sources = new ArrayList<>(List.of(beside(blue.v4), farBlue.v4, "203.0.113.5"));
        if (v6) {
            sources.addAll(List.of(farBlue.v6, "2001:db8:7::5"));
        }
        for (String source : sources) {
            passed.add(red.forges(source, blue) ? source : "");
        }
        if (tunnel) {
            passed.add(farRed.forges(farBlue.v4, blue) ? "far " + farBlue.v4 : "");
        }
        return passed;
    }

    /// An address in the same subnet that no pod has.
    private static String beside(String address) {
        return address.substring(0, address.lastIndexOf('.')) + ".77";
    }

    /// Has a node that is only in red send packets for blue through its red tunnel.
    private static void lead(LabNode node, String backend, LabNode both) throws IOException {
        String via = both.sh("sed -n 's/^FLANNEL_SUBNET=//p' /run/flannel/networks/red.env")
                .replaceFirst("\\.\\d+/.*", ".0")
                .strip();
        node.sh(
                backend.contains("vxlan")
                        ? "ip route add 10.93.0.0/16 via " + via + " dev flannel.92 onlink"
                        : "ip route add 10.93.0.0/16 via " + both.address(Family.IPV4));
    }

    private Pod pod(LabNode node, String network, boolean v6) throws Exception {
        Host host = new Host("pod");
        hosts.add(host);
        String file = "/run/flannel/networks/" + network + ".env";
        String gateway = node.sh("sed -n 's/^FLANNEL_SUBNET=//p' " + file).strip();
        String gateway6 = node.sh("sed -n 's/^FLANNEL_IPV6_SUBNET=//p' " + file).strip();
        node.sh("""
                ip link add cni-%1$s type bridge && ip link set cni-%1$s up && ip addr add %2$s dev cni-%1$s
                ip link add v-%1$s type veth peer name eth0 netns %3$d && ip link set v-%1$s up master cni-%1$s
                for file in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 0 > $file; done
                """.formatted(network, gateway, host.netns()));
        String v4 = gateway.replaceFirst("\\.\\d+/.*", ".9");
        host.sh("ip link set lo up; ip link set eth0 up; ip addr add " + v4 + "/24 dev eth0; ip route add default via "
                + gateway.replaceFirst("/.*", ""));
        if (!v6) {
            return new Pod(host, v4, "");
        }
        String at6 = gateway6.replaceFirst("::?1?/.*", "::9");
        node.sh("ip addr add " + gateway6 + " dev cni-" + network + " nodad");
        host.sh("ip addr add " + at6 + "/64 dev eth0 nodad; ip route add default via "
                + gateway6.replaceFirst("/.*", ""));
        return new Pod(host, v4, at6);
    }

    private static void configure(Lab lab, String network, String backend, String v4, String v6, boolean nftables)
            throws IOException {
        String more = v6.isEmpty() ? "" : "\"EnableIPv6\":true,\"IPv6Network\":\"" + v6 + "\",";
        lab.store()
                .host()
                .sh("ETCDCTL_API=3 etcdctl --endpoints=http://127.0.0.1:2379 put /two/%s/config".formatted(network)
                        + " '{\"Network\":\"%s\",%s\"EnableNFTables\":%s,\"Backend\":%s}'"
                                .formatted(v4, more, nftables, backend));
    }

    private static LabProcess start(Lab lab, LabNode node, String networks, String... more) throws IOException {
        for (String network : networks.split(",")) {
            node.sh("rm -f " + STATUS.formatted(network));
        }
        List<String> words = new ArrayList<>(List.of(
                FLANNELD.toString(),
                "--etcd-endpoints=" + lab.store().endpoints(),
                "--etcd-prefix=/two",
                "--networks=" + networks,
                "--iface=" + LabNode.UNDERLAY,
                "--iptables-resync=1",
                "--healthz-port=9099",
                "--metrics-port=9098"));
        words.addAll(List.of(more));
        LabProcess process = node.host().start("networks.log", words.toArray(String[]::new));
        for (String network : networks.split(",")) {
            await(network)
                    .atMost(PATIENCE)
                    .until(() -> node.sh("cat " + STATUS.formatted(network) + " || :")
                            .contains("\"state\":\"ready\""));
        }
        return process;
    }
}

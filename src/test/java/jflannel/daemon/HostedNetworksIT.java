package jflannel.daemon;

import static java.util.stream.Collectors.joining;
import static jflannel.daemon.Labs.lab;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Stream;
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
        boolean reaches(Pod other) throws Exception {
            return reaches(addresses(other)).equals(addresses(other));
        }

        /// Those of some addresses that answer. All are asked at once, as silence takes a second.
        List<String> reaches(List<String> addresses) throws Exception {
            String answers = host.sh(addresses.stream()
                            .map(it -> "{ ping -n -c1 -W1 %s >/dev/null && echo %s; } &".formatted(it, it))
                            .collect(joining("\n"))
                    + "\nwait");
            return addresses.stream().filter(answers.lines().toList()::contains).toList();
        }

        /// How many echo requests arrived.
        int arrived() throws Exception {
            return Integer.parseInt(host.sh("awk '/^Icmp: [0-9]/ {print $10}' /proc/net/snmp")
                            .strip())
                    + Integer.parseInt(host.sh("awk '/^Icmp6InEchos/ {print $2}' /proc/net/snmp6")
                            .strip());
        }

        /// How many packets arrive at another pod, of one from each of these addresses, which this pod does not have.
        int forges(List<String> sources, Pod target) throws Exception {
            int before = target.arrived();
            String add = "ip addr %s %s dev lo";
            host.sh(sources.stream()
                    .map(it -> it.contains(":")
                            ? add.formatted("add", it + "/128 nodad")
                            : add.formatted("add", it + "/32"))
                    .collect(joining("\n")));
            host.sh(sources.stream()
                            .map(it -> "ping -n -c1 -W0.3 -I %s %s >/dev/null &"
                                    .formatted(it, it.contains(":") ? target.v6 : target.v4))
                            .collect(joining("\n"))
                    + "\nwait; ip addr flush dev lo scope global");
            return target.arrived() - before;
        }
    }

    @ParameterizedTest(name = "{0}, nftables {1}")
    @CsvSource(delimiter = '|', textBlock = """
            {"Type":"vxlan","VNI":%d}   | false
            {"Type":"vxlan","VNI":%d}   | true
            {"Type":"host-gw"}          | true
            """)
    void networksOfOneDaemonAreApart(String backend, boolean nftables) throws Exception {
        try (Lab lab = lab(LabSetup.of(Scenario.HOST_GW).withNodes(3).withFamilies(EnumSet.allOf(Family.class)))) {
            configure(lab, "red", backend.formatted(92), "10.92.0.0/16", "fd92::/48", nftables);
            configure(lab, "blue", backend.formatted(93), "10.93.0.0/16", "fd93::/48", nftables);
            LabNode both = lab.node(1);
            LabProcess open = start(lab, both, "red,blue", "--isolate=false");
            LabProcess hostile = start(lab, lab.node(2), "red");
            start(lab, lab.node(3), "blue");
            Pod red = pod(both, "red");
            Pod blue = pod(both, "blue");
            Pod farRed = pod(lab.node(2), "red");
            Pod farBlue = pod(lab.node(3), "blue");
            boolean tunnel = !backend.contains("host-gw");
            await().atMost(PATIENCE).until(() -> red.reaches(farRed) && blue.reaches(farBlue));
            hostile.terminate(20); // it would remove a route that leads elsewhere by its tunnel
            lead(lab.node(2), backend, both);
            int all = forged(blue, farBlue).size() + (tunnel ? 1 : 0);
            await("without isolation")
                    .atMost(PATIENCE)
                    .until(() -> red.reaches(blue) && forgeries(red, farRed, blue, farBlue, tunnel) == all);

            assertThat(open.terminate(20)).isZero();
            LabProcess apart = start(lab, both, "red,blue");
            await().atMost(PATIENCE).untilAsserted(() -> assertApart(red, farRed, blue, farBlue, tunnel));

            apart.kill();
            assertApart(red, farRed, blue, farBlue, tunnel);
            String state = both.sh("ip route show proto 102; nft list table inet flannel-isolation-red");
            apart = start(lab, both, "red,blue");
            both.sh("nft delete table inet flannel-isolation-red");
            await().atMost(PATIENCE)
                    .until(() -> both.sh("ip route show proto 102; nft list table inet flannel-isolation-red || :")
                            .equals(state));
            assertApart(red, farRed, blue, farBlue, tunnel);

            assertThat(apart.terminate(20)).isZero();
            start(lab, both, "red");
            assertThat(red.reaches(addresses(red, farRed, blue, farBlue)))
                    .as("blue is served no longer, its pods live")
                    .isEqualTo(addresses(red, farRed));
        } finally {
            hosts.forEach(Host::close);
        }
    }

    private static void assertApart(Pod red, Pod farRed, Pod blue, Pod farBlue, boolean tunnel) throws Exception {
        for (Pod from : List.of(red, blue, farRed)) {
            List<String> network = from == blue ? addresses(blue, farBlue) : addresses(red, farRed);
            assertThat(from.reaches(addresses(red, farRed, blue, farBlue))).isEqualTo(network);
        }
        assertThat(forgeries(red, farRed, blue, farBlue, tunnel)).isZero();
    }

    /// How many packets come through with which a pod claims to be another: of the other network, or of none.
    private static int forgeries(Pod red, Pod farRed, Pod blue, Pod farBlue, boolean tunnel) throws Exception {
        return red.forges(forged(blue, farBlue), blue) + (tunnel ? farRed.forges(List.of(farBlue.v4), blue) : 0);
    }

    private static List<String> forged(Pod blue, Pod farBlue) {
        return List.of(beside(blue.v4), farBlue.v4, "203.0.113.5", farBlue.v6, "2001:db8:7::5");
    }

    private static List<String> addresses(Pod... pods) {
        return Stream.of(pods).flatMap(pod -> Stream.of(pod.v4, pod.v6)).toList();
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

    private Pod pod(LabNode node, String network) throws Exception {
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
        String at6 = gateway6.replaceFirst("::?1?/.*", "::9");
        node.sh("ip addr add " + gateway6 + " dev cni-" + network + " nodad");
        host.sh("ip addr add " + at6 + "/64 dev eth0 nodad; ip route add default via "
                + gateway6.replaceFirst("/.*", ""));
        return new Pod(host, v4, at6);
    }

    private static void configure(Lab lab, String network, String backend, String v4, String v6, boolean nftables)
            throws IOException {
        lab.store()
                .host()
                .sh("ETCDCTL_API=3 etcdctl --endpoints=http://127.0.0.1:2379 put /two/%s/config".formatted(network)
                        + " '{\"Network\":\"%s\",\"EnableIPv6\":true,\"IPv6Network\":\"%s\",\"EnableNFTables\":%s,\"Backend\":%s}'"
                                .formatted(v4, v6, nftables, backend));
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

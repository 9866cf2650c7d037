package jflannel.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import jflannel.ip.Family;
import jflannel.lab.Lab;
import jflannel.lab.LabNode;
import jflannel.lab.LabSetup;
import jflannel.lab.Scenario;
import jflannel.linux.Command;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `flannel uninstall` on a host of a lab that has things of others too.
class UninstallIT {
    private static final Path FLANNEL = Path.of("target/jflannel/bin/flannel").toAbsolutePath();

    /// Everything that a host's kernel tells of its network, but counters and carriers.
    private static final String STATE = """
            ip -o link | sed 's/^[0-9]*: //; s/@[^ ]*//; s/<.*>//; s/ qdisc.*//' | sort
            ip rule; ip -6 rule
            (ip route show table all | grep -v 'table local'
                ip -6 route show table all | grep -v 'fe80\\|multicast\\|ff00\\|table local'
            ) | sed 's/ linkdown//; s/ pref medium//' || true
            for tool in iptables-nft ip6tables-nft iptables-legacy ip6tables-legacy; do
                $tool-save | grep -v '^#' | sed 's/ \\[.*//'
            done
            nft list table inet users
            tc filter show dev eth0 ingress
            """;

    private static Command.Result uninstall(LabNode node, String... flags) throws IOException {
        String[] words = new String[flags.length + 2];
        words[0] = FLANNEL.toString();
        words[1] = "uninstall";
        System.arraycopy(flags, 0, words, 2, flags.length);
        return node.host().attempt(words);
    }

    /// What must stay: routes with a gateway into the pods' network, rules in the very chains that lead to flannel's,
    /// devices with names like flannel's.
    private static void plantForeignThings(LabNode node) throws IOException {
        node.sh("""
                mount -t tmpfs none /var/lib
                for kind in nft legacy; do for tool in iptables-$kind ip6tables-$kind; do
                    $tool -t nat -A POSTROUTING -o eth9 -j MASQUERADE
                    $tool -A FORWARD -i eth9 -m comment --comment 'not flannel' -j ACCEPT
                done; done
                nft add table inet users
                nft add chain inet users forward '{ type filter hook forward priority 10; }'
                ip route add 100.96.77.0/24 via 10.168.0.1 proto static
                ip route add blackhole 192.0.2.0/24 proto static
                ip link add flannel.br type bridge
                ip link add vxlan9 type vxlan id 9 dev eth0 dstport 4789
                ip link set vxlan9 up
                """);
    }

    @ParameterizedTest(name = "{0}, nftables: {1}, table {2}")
    @CsvSource({"VXLAN, false, 254", "UDP, true, 4294967295", "HOST_GW, false, 100", "EXTENSION, false, 254"})
    void removesWhatFlanneldMadeAndNothingElse(Scenario scenario, boolean nftables, String table) throws Exception {
        LabSetup setup = LabSetup.of(scenario)
                .withFamilies(EnumSet.allOf(Family.class))
                .withNftables(nftables)
                .withFlags("--ip-blackhole-route", "--route-table=" + table);
        try (Lab lab = Lab.prepared(setup, Lab.Progress.NONE)) {
            LabNode node = lab.node(1);
            plantForeignThings(node);
            String before = node.sh(STATE);
            for (LabNode each : lab.nodes()) {
                each.startFlanneld();
            }
            for (LabNode each : lab.nodes()) {
                lab.attach(each);
            }
            assertThat(lab.reach(1, 2, Family.IPV4, 30)).isPositive();
            String connected = node.sh(STATE);

            Command.Result refusal = uninstall(node);
            assertThat(refusal.exitCode()).isEqualTo(1);
            assertThat(refusal.errors())
                    .contains("process " + node.flanneld().pid())
                    .contains("nothing was removed");
            assertThat(node.sh(STATE)).isEqualTo(connected);

            // the other node's flanneld, in another namespace, is none of this one's
            node.flanneld().terminate(20);
            Command.Result shown = uninstall(node, "--dry-run", "--cni");
            assertThat(shown.errors()).isEmpty();
            assertThat(shown.output())
                    .contains("would remove firewall rules in ", "100.96.1.0/24 (blackhole)")
                    .contains("would remove /run/flannel/subnet.env", "would remove /run/flannel/status.json")
                    .contains("would keep bridge cni0: pods are attached to the bridge by ")
                    .contains("left alone: device flannel.br, which is of kind \"bridge\"")
                    .doesNotContain("100.96.77.0", "vxlan9");
            assertThat(node.sh(STATE)).isEqualTo(connected);

            Command.Result busy = uninstall(node, "--cni");
            assertThat(busy.exitCode()).as("the bridge is in use").isEqualTo(1);
            assertThat(busy.errors()).contains("kept bridge cni0");
            node.sh("ip -o link show master cni0 | sed 's/^[0-9]*: //; s/[@:].*//' | xargs -n 1 ip link del");
            Command.Result rest = uninstall(node, "--cni");
            assertThat(rest.errors()).isEmpty();
            assertThat(rest.exitCode()).isZero();
            assertThat(rest.output()).contains("removed bridge cni0");
            assertThat(node.sh(STATE)).isEqualTo(before);
            assertThat(node.sh("ls -d /run/flannel /var/lib/flannel /var/lib/cni/flannel 2>&1 || :"))
                    .doesNotContain("/run/flannel\n")
                    .contains("'/run/flannel': No such file");
            assertThat(uninstall(node, "--cni").output()).contains("nothing of flannel's is here");
        }
    }
}

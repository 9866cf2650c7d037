package jflannel.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import jflannel.ip.Family;
import jflannel.lab.Lab;
import jflannel.lab.LabNode;
import org.junit.jupiter.api.Test;

/// What ipip and ipsec promise beside reaching each other; run by [KernelBackendsIT] on demand.
class TunnelsGuestTests {
    private static final String BACKEND = "{\"Type\":\"ipsec\",\"PSK\":\"%s\"}".formatted("k".repeat(96));

    @Test
    void theTunnelCopiesTheTtlAndHasItsOwnDscp() throws Exception {
        Lab lab = GuestLab.with("{\"Type\":\"ipip\"}");
        LabNode other = lab.node(2);
        other.sh("nft 'add table inet seen; add counter inet seen ours;"
                + " add chain inet seen arriving { type filter hook prerouting priority raw; };"
                + " add rule inet seen arriving ip protocol 4 ip ttl 39 ip dscp cs0 counter name ours'");
        lab.pod(1).sh("ping -n -c 5 -i 0.2 -W 5 -t 40 -Q 0xb8 " + other.podAddress(Family.IPV4));
        assertThat(other.sh("nft list counter inet seen ours")).contains("packets 5 ");
        other.sh("nft delete table inet seen");
    }

    @Test
    void aRestartLosesNothing() throws Exception {
        Lab lab = GuestLab.with(BACKEND);
        LabNode node = lab.node(1);
        for (boolean killed : new boolean[] {true, false}) {
            Traffic there = new Traffic(lab, 1, 2, 300);
            Traffic back = new Traffic(lab, 2, 1, 300);
            if (killed) {
                node.flanneld().kill();
            } else {
                node.flanneld().terminate(60);
            }
            node.startFlanneld();
            node.awaitReady();
            for (Traffic traffic : List.of(there, back)) {
                Traffic.Count count = traffic.end();
                System.out.println("ipsec, at a restart: " + count);
                assertThat(count.received()).isGreaterThan(20);
                assertThat(count.lost()).isZero();
            }
        }
    }

    @Test
    void doctorAndPeersSayWhatIsWrongWithKeys() throws Exception {
        LabNode node = GuestLab.with(BACKEND).node(1);
        String flannel = Path.of("target/jflannel/bin/flannel").toAbsolutePath().toString();
        assertThat(node.host().attempt(flannel, "doctor").output()).doesNotContain("ipsec-keys");
        assertThat(node.sh(flannel + " peers -o json")).contains("\"keys\"");
        node.flanneld().freeze(); // else it would start another one
        node.sh("kill -9 $(ps -e -o pid=,args= | awk '/charon-systemd/ && !/awk/ {print $1}' | while read -r pid; do"
                + " [ \"$(readlink /proc/$pid/ns/net)\" != \"$(readlink /proc/self/ns/net)\" ] || echo $pid; done)");
        assertThat(node.host().attempt(flannel, "doctor").output()).contains("charon does not run");
        node.flanneld().thaw();
        GuestLab.with(BACKEND);
    }
}

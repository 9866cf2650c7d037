package jflannel.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import jflannel.ip.Family;
import jflannel.lab.Lab;
import jflannel.lab.LabNode;
import org.junit.jupiter.api.Test;

/// The backend that encrypts with IPsec, with a real charon and the kernel's ESP; run by [KernelBackendsIT].
class IpsecGuestTests {
    private static final String KEY = "k".repeat(96);
    private static final String BACKEND = "{\"Type\":\"ipsec\",\"PSK\":\"%s\"}".formatted(KEY);

    @Test
    void podsReachEachOtherEncrypted() throws Exception {
        Lab lab = GuestLab.with(BACKEND);
        LabNode node = lab.node(1);
        assertThat(node.sh("ip xfrm policy")).contains("reqid 11");
        assertThat(lab.reach(2, 1, Family.IPV4, 5)).isPositive();
        assertThat(lab.reach(2, 1, Family.IPV6, 5)).isPositive();
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
                assertThat(count.received()).isGreaterThan(50);
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

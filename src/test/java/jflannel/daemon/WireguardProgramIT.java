package jflannel.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import jflannel.ip.Family;
import jflannel.lab.LabNode;
import jflannel.linux.Command;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The same where the kernel has no WireGuard, and wireguard-go does what it would.
class WireguardProgramIT extends WireguardGuestTests {
    @BeforeAll
    static void requireProgram() {
        assumeTrue(Command.find("wireguard-go").isPresent(), "wireguard-go is not installed");
    }

    @AfterAll
    static void end() {
        GuestLab.close();
    }

    @Test
    void aProgramThatDiesIsStartedAgain() throws Exception {
        LabNode node = lab.node(1);
        assertThat(node.sh("ip -d link show flannel-wg")).contains("tun type tun");
        String before = Labs.kernelState(node);
        String process = node.sh("ss -xlpH | sed -n '/flannel-wg.sock /s/.*pid=\\([0-9]*\\).*/\\1/p'");
        node.sh("kill -9 " + process);
        Labs.soon(
                "the device is back, with all that leads to it",
                () -> Labs.kernelState(node).equals(before) && lab.reach(1, 2, Family.IPV4, 1) >= 0);
        assertThat(node.flanneld().output())
                .as("the other device's process lives on, and what carries its packets was said once")
                .containsOnlyOnce("wireguard-go does what it would, for flannel-wg-v6");
    }
}

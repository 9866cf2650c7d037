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

    /// The process goes on by the former name, and must end before another can take its place.
    @Test
    void aRenamedDeviceIsMadeAgain() throws Exception {
        LabNode node = lab.node(1);
        String before = Labs.kernelState(node);
        node.sh("ip link set flannel-wg name other");
        Labs.soon("it has its name", () -> Labs.kernelState(node).equals(before));
        assertThat(lab.reach(1, 2, Family.IPV4, 5)).isPositive();
    }

    /// The process would go on sending from the address that is gone, until WireGuard gives up its session.
    @Test
    void packetsFollowAnAddressOfTheHost() throws Exception {
        LabNode node = lab.node(1);
        String address = node.address(Family.IPV4) + "/24";
        String other = node.address(Family.IPV4).plus(100) + "/24";
        Traffic traffic = new Traffic(lab, 1, 2, 600);
        for (String[] move : new String[][] {{address, other}, {other, address}}) {
            node.sh("ip addr del %s dev eth0; ip addr add %s dev eth0; ip route replace default via 10.168.0.1"
                    .formatted((Object[]) move));
            Labs.soon("pods answer", () -> lab.reach(1, 2, Family.IPV4, 1) >= 0);
        }
        lab.configure(node);
        Traffic.Count ping = traffic.end();
        System.out.println("at two moves: " + ping);
        assertThat(ping.lost()).isLessThan(4 * Traffic.PER_SECOND);
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

package jflannel.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import jflannel.ip.Family;
import jflannel.lab.Lab;
import org.junit.jupiter.api.Test;

/// The kernel's own WireGuard; run by [KernelBackendsIT].
class WireguardGuestTests {
    @Test
    void podsReachEachOtherEncrypted() throws Exception {
        Lab lab = GuestLab.with("{\"Type\":\"wireguard\"}");
        assertThat(lab.reach(2, 1, Family.IPV4, 5)).isPositive();
        assertThat(lab.node(1).sh("ip -d link show flannel-wg"))
                .contains("wireguard")
                .contains("mtu 1420");
        assertThat(lab.node(1).sh("ip route show dev flannel-wg")).isEqualTo("100.96.0.0/16 proto 102 scope link");
    }
}

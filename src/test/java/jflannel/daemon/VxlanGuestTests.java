package jflannel.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import jflannel.ip.Family;
import jflannel.lab.Lab;
import org.junit.jupiter.api.Test;

/// The usual backend on Debian's kernel; run by [KernelBackendsIT].
class VxlanGuestTests {
    @Test
    void podsReachEachOther() throws Exception {
        Lab lab = GuestLab.with("{\"Type\":\"vxlan\"}");
        assertThat(lab.reach(2, 1, Family.IPV4, 5)).isPositive();
        assertThat(lab.node(1).sh("ip -d link show flannel-v6.1")).contains("vxlan id 1");
    }
}

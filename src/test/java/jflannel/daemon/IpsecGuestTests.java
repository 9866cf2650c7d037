package jflannel.daemon;

import static org.assertj.core.api.Assertions.assertThat;

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
}

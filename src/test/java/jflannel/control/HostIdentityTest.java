package jflannel.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import jflannel.ip.Mac;
import jflannel.kernel.Link;
import org.junit.jupiter.api.Test;

class HostIdentityTest {
    private static final String UUID = "4c4c4544-0051-3610-8052-b4c04f4d3132";
    private static final Link ETH0 = link("", "52:54:00:12:34:56");
    private static final Link ETH1 = link("", "52:54:00:12:34:57");

    @Test
    void itIsTheMacAddressesAndTheMachine() {
        assertThat(HostIdentity.of(List.of(ETH0), "")).isEqualTo("52:54:00:12:34:56");
        assertThat(HostIdentity.of(List.of(ETH1, ETH0, ETH0), UUID))
                .isEqualTo("52:54:00:12:34:56 52:54:00:12:34:57 " + UUID)
                .isEqualTo(HostIdentity.of(List.of(ETH0, ETH1), UUID));
    }

    @Test
    void interfacesThatOtherHostsHaveAlikeIdentifyNobody() {
        Link none = new Link(1, "tun0", "tun", 1500, null, true, 0, null);
        for (Link link : List.of(none, link("", "00:00:00:00:00:00"), link("ipvlan", "52:54:00:12:34:56"))) {
            assertThat(HostIdentity.of(List.of(link), UUID)).isEmpty();
            assertThat(HostIdentity.of(List.of(ETH0, link), UUID)).isEmpty();
        }
    }

    private static Link link(String kind, String mac) {
        return new Link(1, "eth0", kind, 1500, Mac.parse(mac), true, 0, null);
    }
}

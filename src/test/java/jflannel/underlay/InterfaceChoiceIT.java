package jflannel.underlay;

import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Set;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.RouteSocket;
import jflannel.lease.ConfigException;
import jflannel.options.Options;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// The choice among what a real kernel holds, made by `ip`.
@ExtendWith(OwnNetns.class)
class InterfaceChoiceIT {
    private static final String NODE = """
            for i in 0 1; do
              ip link add eth$i type veth peer name far$i
              ip link set far$i up
              ip link set eth$i up mtu $((1400 + i))
            done
            ip addr add 192.0.2.10/24 dev eth0
            ip addr add 2001:db8::66/64 dev eth0 nodad valid_lft 9999 preferred_lft 0
            ip addr add 2001:db8::77/64 dev eth0 nodad valid_lft 9999 preferred_lft 9999
            ip addr add 2001:db8::10/64 dev eth0 nodad
            ip addr add 10.1.0.10/24 dev eth1
            ip addr add 10.1.0.11/24 dev eth1
            ip addr add fd00:1::10/64 dev eth1 nodad
            ip route add 10.2.0.0/16 via 10.1.0.1 src 10.1.0.11
            """;

    private static Underlay choose(Set<Family> families, String... flags) throws Exception {
        try (RouteSocket kernel = new RouteSocket()) {
            return InterfaceChoice.from(kernel).choose(Options.parse(List.of(flags), Map.of()).iface, families);
        }
    }

    private static Map<Family, Ip> ips(String ipv4, String ipv6) {
        return Map.of(Family.IPV4, Ip.parse(ipv4), Family.IPV6, Ip.parse(ipv6));
    }

    @Test
    void followsTheDefaultRoutesOfBothFamiliesToTheAddressThatLasts() throws Exception {
        sh(NODE);
        sh("ip route add default via 10.1.0.1 metric 500; ip route add default via 192.0.2.1 metric 100");
        sh("ip -6 route add default via 2001:db8::1");
        Map<Family, Ip> own = ips("192.0.2.10", "2001:db8::10");
        assertThat(choose(Set.of(Family.values()))).isEqualTo(new Underlay("eth0", 1400, own, own));
    }

    @Test
    void refusesDefaultRoutesByDifferentInterfacesUnlessOneIsNamed() throws Exception {
        sh(NODE);
        sh("ip route add default via 192.0.2.1; ip -6 route add default via fd00:1::1");
        assertThatThrownBy(() -> choose(Set.of(Family.values())))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("\"eth0 and eth1\"");
        Map<Family, Ip> own = ips("10.1.0.10", "fd00:1::10");
        assertThat(choose(Set.of(Family.values()), "--iface=eth1")).isEqualTo(new Underlay("eth1", 1401, own, own));
    }

    @Test
    void takesTheSourceAddressThatTheKernelWouldUse() throws Exception {
        sh(NODE);
        Underlay chosen = choose(Set.of(Family.IPV4), "--iface-can-reach=10.2.3.4", "--public-ip=203.0.113.5");
        assertThat(chosen.device()).isEqualTo("eth1");
        assertThat(chosen.addresses())
                .containsValue(Ip.parse(sh("ip -o route get 10.2.3.4 | sed 's/.*src \\([^ ]*\\).*/\\1/'")));
        assertThat(chosen.publicIps()).containsValue(Ip.parse("203.0.113.5"));
    }

    @Test
    void neverTakesThisNodeItselfForTheWayOut() throws Exception {
        sh(NODE);
        assertThatThrownBy(() -> choose(Set.of(Family.IPV4), "--iface-can-reach=10.1.0.10"))
                .hasMessageContaining("It is this node itself");
        assertThatThrownBy(() -> choose(Set.of(Family.IPV4), "--iface-can-reach=203.0.113.9"))
                .hasMessageContaining("Network is unreachable");
        assertThatThrownBy(() -> choose(Set.of(Family.IPV4))).hasMessageContaining("no IPv4 default route");
    }
}

package jflannel.backend;

import static jflannel.backend.Cluster.dualConfig;
import static jflannel.backend.Cluster.peers;
import static jflannel.backend.Cluster.underlay;
import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.Outcome;
import jflannel.kernel.RouteSocket;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.lease.NetworkConfig;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// All four pairs of families, inner and outer, on the kernel that [jflannel.daemon.KernelBackendsIT] boots. The other
/// node is made by ip(8), by the commands of [StaticPeer].
@ExtendWith(OwnNetns.class)
public class IpipOnKernelGuestTests {
    private static final NetworkConfig CONFIG = dualConfig("{\"Type\":\"ipip\"}");

    @BeforeEach
    void makeTwoHosts() throws Exception {
        sh("""
                ip link set lo up
                unshare --net=/run/ipip-far true 2>/dev/null || { : >/run/ipip-far && unshare --net=/run/ipip-far true; }
                ip link add eth0 type veth peer name eth0 netns /run/ipip-far
                ip addr add 192.0.2.1/24 dev eth0; ip addr add 2001:db8::1/64 dev eth0 nodad; ip link set eth0 up
                """);
        far("ip link set lo up; ip addr add 192.0.2.2/24 dev eth0; ip addr add 2001:db8::2/64 dev eth0 nodad;"
                + " ip link set eth0 up");
    }

    private static String far(String script) throws Exception {
        return sh("nsenter --net=/run/ipip-far sh -ec '" + script.replace("'", "'\\''") + "'");
    }

    private static Lease lease(String number, String... hosts) {
        Map<Family, Ip> ips = Stream.of(hosts).map(Ip::parse).collect(Collectors.toMap(Ip::family, ip -> ip));
        return new Lease(
                List.of(Cidr.parse("10.5." + number + ".0/24"), Cidr.parse("fd05:0:0:" + number + "::/64")),
                new Announcement(ips, "ipip", Map.of()));
    }

    @ParameterizedTest(name = "hosts with {0}")
    @ValueSource(strings = {"192.0.2.", "2001:db8::", "192.0.2. 2001:db8::"})
    void podsOfBothFamiliesReachEachOther(String hosts) throws Exception {
        String[] here = Stream.of(hosts.split(" ")).map(it -> it + "1").toArray(String[]::new);
        String[] there = Stream.of(hosts.split(" ")).map(it -> it + "2").toArray(String[]::new);
        Lease own = lease("1", here);
        Lease peer = lease("2", there);
        try (RouteSocket kernel = new RouteSocket()) {
            Rig rig = new Rig(CONFIG, underlay(here), kernel);
            rig.announce();
            Outcome outcome = rig.reconcile(own, peers(peer));
            assertThat(outcome.refused()).isEmpty();
            assertThat(rig.reconcile(own, peers(peer)).changed())
                    .as("a second pass finds nothing to do")
                    .isFalse();
            far(String.join("\n", new StaticPeer(CONFIG, peer).script(List.of(own))));
            assertThat(sh("ping -c 3 -i 0.2 -W 5 10.5.2.0")).contains(" 0% packet loss");
            assertThat(sh("ping -c 3 -i 0.2 -W 5 fd05:0:0:2::")).contains(" 0% packet loss");
            int mtu = rig.backend().mtu();
            assertThat(sh("ping -M do -s %d -c 2 -i 0.2 -W 5 10.5.2.0".formatted(mtu - 28)))
                    .contains(" 0% packet loss");
        }
    }
}

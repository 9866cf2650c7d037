package jflannel.policy;

import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.names.Names;
import jflannel.netlink.NetlinkSocket;
import jflannel.netlink.Rtnetlink;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A Service's address is replaced by a pod's, as kube-proxy does it: a policy sees the pod, and its port.
@ExtendWith(OwnNetns.class)
final class ServiceTrafficIT {
    private static final Ip SERVICE = Ip.parse("10.96.0.1");
    private static final Ip WEB = Ip.parse("10.1.0.2");
    private static final Ip FRIEND = Ip.parse("10.2.0.2");
    private static final Ip STRANGER = Ip.parse("10.2.0.3");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "iptables-legacy -t nat -A PREROUTING -d 10.96.0.1 -p tcp --dport 443 -j DNAT --to-destination 10.1.0.2:80"
                        + "; iptables-legacy -A FORWARD -j ACCEPT",
                "nft 'add table ip services; add chain ip services pre { type nat hook prerouting priority dstnat; };"
                        + " add rule ip services pre ip daddr 10.96.0.1 tcp dport 443 dnat to 10.1.0.2:80'"
            })
    void a_policy_sees_the_pod_behind_a_service(String proxy) throws Exception {
        PolicyTable table = new PolicyTable(Names.DEFAULT, false, false);
        Policy policy = PolicyReader.object("""
                {"metadata":{"name":"web"},"spec":{"podSelector":{"matchLabels":{"app":"web"}},
                 "ingress":[{"from":[{"podSelector":{"matchLabels":{"app":"friend"}}}],"ports":[{"port":80}]}]}}""", "ns");
        World world = new World(
                List.of(policy),
                Map.of(),
                List.of(pod("web", WEB), pod("friend", FRIEND), pod("stranger", STRANGER)),
                List.of());
        try (NetlinkSocket socket = new NetlinkSocket(Rtnetlink.NETLINK_NETFILTER);
                ForwardedPackets packets = new ForwardedPackets()) {
            sh(proxy);
            table.whole(new Renderer().render(world, List.of(Cidr.parse("10.1.0.0/24"))))
                    .commit(socket);
            List<Connection> tries = List.of(
                    new Connection(FRIEND, SERVICE, Transport.TCP.number(), 443),
                    new Connection(STRANGER, SERVICE, Transport.TCP.number(), 443),
                    new Connection(FRIEND, WEB, Transport.TCP.number(), 80),
                    new Connection(FRIEND, WEB, Transport.TCP.number(), 443));
            assertThat(packets.passing(tries).get(0, tries.size()).stream()).containsExactly(0, 2);
        }
    }

    private static Endpoint pod(String app, Ip address) {
        return new Endpoint("ns", app, Map.of("app", app), List.of(Cidr.host(address)), List.of());
    }
}

package jflannel.underlay;

import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.Kernel;
import jflannel.kernel.RouteSocket;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// What a host has, as a real kernel holds it.
@ExtendWith(OwnNetns.class)
class HostNetworksIT {
    @Test
    void whatAHostHasIsFoundAndWhatPodsHaveIsNot() throws Exception {
        sh("""
                ip link add eth0 type veth peer name far && ip link set eth0 up && ip link set far up
                ip addr add 10.1.0.11/24 dev eth0 && ip route add default via 10.1.0.1
                ip addr add fd00:1::11/64 dev eth0 nodad && ip -6 route add fd00::/8 via fe80::1 dev eth0
                ip nexthop add id 1 via 10.1.0.7 dev eth0 && ip route add 10.3.0.0/16 nhid 1 table 77
                ip link add docker0 type bridge && ip addr add 10.2.0.1/16 dev docker0 && ip link set docker0 up
                ip link add br-off type bridge && ip addr add 10.6.0.1/16 dev br-off
                ip link add cni0 type bridge && ip addr add 10.244.7.1/24 dev cni0 && ip link set cni0 up
                ip link add flannel.1 type vxlan id 1 dev eth0 dstport 8472 && ip link set flannel.1 up
                ip addr add 10.244.7.0/32 dev flannel.1
                ip route add 10.244.8.0/24 via 10.244.8.0 dev flannel.1 onlink
                ip route add 10.244.9.0/24 via 10.1.0.9 proto 102
                """);
        NodeFacts facts = NodeFacts.of(Set.of(Family.values()))
                .withPodNetworks(Set.of(Cidr.parse("10.0.0.0/8"), Cidr.parse("fd00:1::/56")))
                .withStore(List.of(Ip.parse("10.88.0.5")));
        try (RouteSocket kernel = new RouteSocket()) {
            HostNetworks networks =
                    HostNetworksReader.read(kernel, facts, List.of(), _ -> false, List.of(Ip.parse("10.1.0.53")));
            assertThat(networks.attached())
                    .extracting(HostNetworks.Attached::words)
                    .containsExactlyInAnyOrder(
                            "10.1.0.0/24, the network of eth0",
                            "10.2.0.0/16, the network of docker0",
                            "10.6.0.0/16, the network of br-off",
                            "fd00:1::/64, the network of eth0");
            assertThat(networks.routed())
                    .extracting(HostNetworks.Routed::network)
                    .containsExactlyInAnyOrder(Cidr.parse("10.3.0.0/16"), Cidr.parse("fd00::/8"));
            assertThat(networks.needed().keySet())
                    .map(Ip::toString)
                    .containsExactly(
                            "10.1.0.1",
                            "10.1.0.7",
                            "10.1.0.11",
                            "10.1.0.53",
                            "10.2.0.1",
                            "10.6.0.1",
                            "10.88.0.5",
                            "fd00:1::11");
            assertThat(networks.conflict(Cidr.parse("10.244.8.0/24"))).isEmpty();
            assertThat(networks.conflict(Cidr.parse("10.88.0.0/24"))).contains("covers 10.88.0.5, the store");
            assertThat(networks.conflict(Cidr.parse("fd00:1:0:1::/64"))).isEmpty();
        }
    }

    /// The container runtime may make the bridge between two reads.
    @Test
    void aBridgeOfPodsThatComesUpMeanwhileIsNotTheHosts() throws Exception {
        NodeFacts facts = NodeFacts.of(Set.of(Family.IPV4)).withPodNetworks(Set.of(Cidr.parse("10.244.0.0/16")));
        try (RouteSocket kernel = new RouteSocket()) {
            Kernel meanwhile = (Kernel) Proxy.newProxyInstance(
                    Kernel.class.getClassLoader(), new Class<?>[] {Kernel.class}, (_, method, arguments) -> {
                        if (method.getName().equals("fib")) {
                            sh("ip link add cni0 type bridge && ip addr add 10.244.7.1/24 dev cni0"
                                    + " && ip link set cni0 up");
                        }
                        return method.invoke(kernel, arguments);
                    });
            HostNetworks networks = HostNetworksReader.read(
                    meanwhile, facts, List.of(Cidr.parse("10.244.7.0/24")), _ -> false, List.of());
            assertThat(networks.attached()).isEmpty();
            assertThat(networks.overlap()).isEmpty();
        }
    }

    @Test
    void aTunnelDeviceThatGotAnotherNameIsNotTheHosts() throws Exception {
        sh(
                "ip tuntap add dev other mode tun && ip addr add 10.244.7.0/32 dev other && ip addr add 10.244.7.9/32 dev other");
        NodeFacts facts = NodeFacts.of(Set.of(Family.IPV4)).withPodNetworks(Set.of(Cidr.parse("10.244.0.0/16")));
        try (RouteSocket kernel = new RouteSocket()) {
            HostNetworks networks =
                    HostNetworksReader.read(kernel, facts, List.of(Cidr.parse("10.244.7.0/24")), _ -> false, List.of());
            assertThat(networks.needed().keySet()).containsExactly(Ip.parse("10.244.7.9"));
        }
    }
}

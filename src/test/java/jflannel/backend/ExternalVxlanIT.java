package jflannel.backend;

import static jflannel.backend.Cluster.dualConfig;
import static jflannel.backend.Cluster.dualLease;
import static jflannel.backend.Cluster.peers;
import static jflannel.backend.Cluster.underlay;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.Callable;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.kernel.Outcome;
import jflannel.kernel.RouteSocket;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.testing.Host;
import jflannel.testing.OwnNetns;
import jflannel.testing.VxlanPacket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Vxlan devices with and without tables of their own, on two hosts that share a wire.
@ExtendWith(OwnNetns.class)
class ExternalVxlanIT {
    private static final String TABLE = "{\"Type\":\"vxlan\"}";
    private static final String EXTERNAL = "{\"Type\":\"vxlan\",\"External\":true}";

    /// A host with the backend and, on its loopback device, a pod's addresses.
    private static final class Node implements AutoCloseable {
        final int number;
        final Host host;
        RouteSocket kernel;
        Rig backend;
        Lease lease;

        Node(int number) throws Exception {
            this.number = number;
            this.host = new Host("host-" + number);
        }

        /// Begins anew with other options, as flanneld does when the network configuration was changed.
        void begin(String options) throws Exception {
            host.call(() -> {
                kernel = kernel == null ? new RouteSocket() : kernel;
                String v4 = "192.0.2." + number;
                String v6 = "2001:db8::" + number;
                backend = new Rig(dualConfig(options), underlay(v4, v6), kernel);
                Announcement mine = backend.announce();
                lease = dualLease(
                        "vxlan",
                        "10.5.%d.0/24".formatted(number),
                        "fd05:0:0:%d::/64".formatted(number),
                        v4,
                        v6,
                        mine.backendData(Family.IPV4).orElseThrow(),
                        mine.backendData(Family.IPV6).orElseThrow());
                return null;
            });
        }

        Outcome reconcile(Node other) throws Exception {
            return host.call(() -> backend.reconcile(lease, peers(other.lease)));
        }

        /// Pings the other's pod from its own, in both families.
        void reaches(Node other) throws Exception {
            host.sh("ping -c 1 -W 2 -I 10.5.%d.9 10.5.%d.9".formatted(number, other.number));
            host.sh("ping -c 1 -W 2 -I fd05:0:0:%d::9 fd05:0:0:%d::9".formatted(number, other.number));
        }

        /// Packets that came out of the tunnel.
        long received() throws Exception {
            return Long.parseLong(host.sh("awk '$1 == \"flannel.1:\" { print $3 }' /proc/net/dev"));
        }

        @Override
        public void close() {
            if (kernel != null) {
                kernel.close();
            }
            host.close();
        }
    }

    private static void connect(Node one, Node other) throws Exception {
        one.reconcile(other);
        other.reconcile(one);
        one.reaches(other);
        other.reaches(one);
    }

    private interface Work {
        void on(Node one, Node other) throws Exception;
    }

    private static void onTwoNodes(Work work) throws Exception {
        try (Node one = new Node(1);
                Node other = new Node(2)) {
            one.host.sh("ip link add eth0 type veth peer name eth0 netns " + other.host.netns());
            for (Node node : new Node[] {one, other}) {
                node.host.sh("ip addr add 192.0.2.%1$d/24 dev eth0; ip addr add 2001:db8::%1$d/64 dev eth0 nodad;"
                                .formatted(node.number)
                        + "ip addr add 10.5.%1$d.9/32 dev lo; ip addr add fd05:0:0:%1$d::9/128 dev lo;"
                                .formatted(node.number)
                        // a host whose address is still being tested for duplicates resolves no neighbour
                        + "echo 0 > /proc/sys/net/ipv6/conf/eth0/accept_dad; ip link set eth0 up");
            }
            work.on(one, other);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"Type":"vxlan","External":true}                      | {"Type":"vxlan","External":true}
            {"Type":"vxlan","External":true}                      | {"Type":"vxlan"}
            {"Type":"vxlan","External":true,"DirectRouting":true} | {"Type":"vxlan"}
            {"Type":"vxlan","External":true}                      | {"Type":"vxlan","DirectRouting":true}
            """)
    void podsReachEachOtherWhetherTheirNodesHaveTablesOrNot(String options, String others) throws Exception {
        onTwoNodes((one, other) -> {
            one.begin(options);
            other.begin(others);
            connect(one, other);
            assertThat(one.reconcile(other)).isEqualTo(Outcome.NOTHING);
            assertThat(other.reconcile(one)).isEqualTo(Outcome.NOTHING);
            assertThat(one.host.sh("bridge fdb show dev flannel.1")).doesNotContain(" dst ");
        });
    }

    @Test
    void theOptionChangesThereAndBackWithWhatItsOtherKindLeft() throws Exception {
        onTwoNodes((one, other) -> {
            other.begin(TABLE);
            for (String options : new String[] {TABLE, EXTERNAL, TABLE}) {
                one.begin(options);
                connect(one, other);
            }
        });
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            another host      | ip route replace 10.5.2.0/24 metric 656642 encap ip id 1 src 192.0.2.1 dst 192.0.2.66 csum via 10.5.2.0 dev flannel.1 onlink proto 102
            another network   | ip route replace 10.5.2.0/24 metric 656642 encap ip id 9 src 192.0.2.1 dst 192.0.2.2 csum via 10.5.2.0 dev flannel.1 onlink proto 102
            another source    | ip route replace 10.5.2.0/24 metric 656642 encap ip id 1 src 192.0.2.77 dst 192.0.2.2 csum via 10.5.2.0 dev flannel.1 onlink proto 102
            no checksum       | ip -6 route replace fd05:0:0:2::/64 encap ip6 id 1 src 2001:db8::1 dst 2001:db8::2 via fd05:0:0:2:: dev flannel.1 onlink proto 102
            no tunnel         | ip route replace 10.5.2.0/24 metric 656642 via 10.5.2.0 dev flannel.1 onlink proto 102
            one before it     | ip route add 10.5.2.0/24 encap ip id 1 src 192.0.2.1 dst 192.0.2.66 via 10.5.2.0 dev flannel.1 onlink
            no route          | ip route del 10.5.2.0/24
            no network        | bridge vni delete dev flannel.1 vni 1
            no device         | ip link del flannel.1
            everything let in | ip link del flannel.1; ip link add flannel.1 type vxlan external dstport 8472 dev eth0; ip link set flannel.1 up
            """)
    void whatSomebodyBreaksIsRepaired(String what, String damage) throws Exception {
        onTwoNodes((one, other) -> {
            one.begin(EXTERNAL);
            other.begin(TABLE);
            one.reconcile(other);
            other.reconcile(one);
            String before = one.host.sh("ip route; ip -6 route; bridge vni");
            one.host.sh(damage);
            assertThat(one.host.sh("ip route; ip -6 route; bridge vni")).isNotEqualTo(before);
            one.reconcile(other);
            assertThat(one.host.sh("ip route; ip -6 route; bridge vni")).isEqualTo(before);
            one.reaches(other);
        });
    }

    /// Who sends with another VNI is another network's, and stays outside as it does before a device with a table.
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"Type":"vxlan"}
            {"Type":"vxlan","External":true}
            """)
    void packetsOfAnotherNetworkAreNotLetIn(String options) throws Exception {
        onTwoNodes((one, other) -> {
            one.begin(options);
            other.begin(TABLE);
            one.reconcile(other);
            Mac mac = one.kernel.link("flannel.1").orElseThrow().mac();
            other.host.call(send(9, mac));
            other.host.sh("ping -c 1 -W 2 192.0.2.1"); // what was sent before it has arrived
            assertThat(one.received()).isZero();
            other.host.call(send(1, mac));
            other.host.sh("ping -c 1 -W 2 192.0.2.1");
            assertThat(one.received()).isEqualTo(1);
        });
    }

    private static Callable<Void> send(int vni, Mac to) {
        return () -> {
            byte[] packet = VxlanPacket.of(vni, to, Ip.parse("10.5.2.9"), Ip.parse("10.5.1.9"), 4000);
            VxlanPacket.send("192.0.2.2", "192.0.2.1", 8472, packet);
            return null;
        };
    }
}

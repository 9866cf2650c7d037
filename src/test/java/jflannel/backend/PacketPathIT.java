package jflannel.backend;

import static jflannel.backend.Cluster.config;
import static jflannel.backend.Cluster.lease;
import static jflannel.backend.Cluster.underlay;
import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.DatagramSocket;
import java.net.InetAddress;
import java.time.Duration;
import jflannel.dataplane.Counter;
import jflannel.dataplane.UdpTunnel;
import jflannel.kernel.RouteSocket;
import jflannel.lease.Lease;
import jflannel.linux.KernelException;
import jflannel.names.Names;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OwnNetns.class)
class PacketPathIT {
    private static final Lease OWN = lease("udp", "10.5.1.0/24", "192.0.2.1");

    @BeforeEach
    void host() throws Exception {
        sh("ip link set lo up; ip link add eth0 type veth peer name far; ip link set eth0 up; ip link set far up;"
                + " ip addr add 192.0.2.1/24 dev eth0");
    }

    private static UdpTunnel.Settings settings(String options) {
        return new UdpBackend(config(options), Names.DEFAULT, underlay("192.0.2.1"))
                .packetPath(OWN)
                .orElseThrow();
    }

    @Test
    void countsWhatPassesWhileItsTunnelIsOpen() throws Exception {
        PacketPath path = new PacketPath();
        try (RouteSocket kernel = new RouteSocket()) {
            assertThat(path.counters()).isEmpty();
            path.open(settings("{\"Type\":\"udp\"}"), 1472, kernel);
            sh("ip addr add 10.5.1.0/32 dev flannel0; ip route add 10.5.0.0/16 dev flannel0");
            assertThat(path.counters()).containsOnlyKeys(Counter.values());
            sh("ping -c 1 -W 1 10.5.77.1 || true");
            await().atMost(Duration.ofSeconds(30)).until(() -> path.counters().get(Counter.OUT_NO_PEER) == 1);
            path.close();
            assertThat(path.counters()).isEmpty();
        }
    }

    @Test
    void aTunnelThatWorksStaysIfAnotherProgramHasTheNewPort() throws Exception {
        try (RouteSocket kernel = new RouteSocket();
                PacketPath path = new PacketPath()) {
            UdpTunnel.Settings works = settings("{\"Type\":\"udp\"}");
            path.open(works, 1472, kernel);
            try (DatagramSocket _ = new DatagramSocket(9999, InetAddress.getByName("192.0.2.1"))) {
                assertThatThrownBy(() -> path.open(settings("{\"Type\":\"udp\",\"Port\":9999}"), 1472, kernel))
                        .isInstanceOf(KernelException.class)
                        .hasMessageContaining("9999");
            }
            long before = path.counters().get(Counter.OUT_NO_PEER);
            sh("ip addr add 10.5.1.0/32 dev flannel0; ip route add 10.5.0.0/16 dev flannel0");
            sh("ping -c 1 -W 1 10.5.77.1 || true");
            await().until(() -> path.counters().get(Counter.OUT_NO_PEER) == before + 1);
        }
    }
}

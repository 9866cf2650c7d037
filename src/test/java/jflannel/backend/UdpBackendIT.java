package jflannel.backend;

import static jflannel.backend.Cluster.config;
import static jflannel.backend.Cluster.lease;
import static jflannel.backend.Cluster.peers;
import static jflannel.backend.Cluster.underlay;
import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import jflannel.dataplane.Counter;
import jflannel.kernel.RouteSocket;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OwnNetns.class)
class UdpBackendIT {
    @Test
    void countsWhatPassesWhileItsTunnelIsOpen() throws Exception {
        sh("ip link set lo up; ip link add eth0 type veth peer name far; ip link set eth0 up; ip link set far up;"
                + " ip addr add 192.0.2.1/24 dev eth0");
        try (RouteSocket kernel = new RouteSocket()) {
            UdpBackend backend = new UdpBackend(config("{\"Type\":\"udp\"}"), underlay("192.0.2.1"), kernel);
            assertThat(backend.counters()).isEmpty();
            backend.reconcile(
                    lease("udp", "10.5.1.0/24", "192.0.2.1"), peers(lease("udp", "10.5.2.0/24", "192.0.2.2")));
            assertThat(backend.counters()).containsOnlyKeys(Counter.values());
            sh("ping -c 1 -W 1 10.5.77.1 || true");
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> backend.counters().get(Counter.OUT_NO_PEER) == 1);
            backend.close();
            assertThat(backend.counters()).isEmpty();
        }
    }
}

package jflannel.backend;

import static jflannel.backend.Cluster.config;
import static jflannel.backend.Cluster.lease;
import static jflannel.backend.Cluster.peers;
import static jflannel.backend.Cluster.underlay;
import static org.assertj.core.api.Assertions.assertThat;

import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.kernel.Route;
import org.junit.jupiter.api.Test;

class AllocBackendTest {
    private final FakeKernel kernel = new FakeKernel();

    @Test
    void takesAwayTheRoutesOfAnotherBackendAndLeavesThoseOfWhoeverCarriesPackets() throws Exception {
        kernel.add("eth0", "veth", 1500, Mac.parse("02:00:00:00:00:01"), null);
        kernel.objects.add(Route.via(Cidr.parse("10.5.2.0/24"), Ip.parse("192.0.2.2"), 1, false));
        kernel.objects.add(Route.via(Cidr.parse("10.6.2.0/24"), Ip.parse("192.0.2.2"), 1, false));
        kernel.objects.add(
                new Route(Cidr.parse("10.5.3.0/24"), Ip.parse("192.0.2.3"), 1, false, Route.BOOT, 0, Route.UNICAST));
        new Rig(config("{\"Type\":\"alloc\"}"), underlay("192.0.2.1"), kernel)
                .reconcile(
                        lease("alloc", "10.5.1.0/24", "192.0.2.1"), peers(lease("alloc", "10.5.2.0/24", "192.0.2.2")));
        assertThat(kernel.objects)
                .extracting(object -> ((Route) object).destination().toString())
                .containsExactly("10.6.2.0/24", "10.5.3.0/24");
    }
}

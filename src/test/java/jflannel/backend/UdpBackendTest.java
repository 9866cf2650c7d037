package jflannel.backend;

import static jflannel.backend.Cluster.config;
import static jflannel.backend.Cluster.hostWithStore;
import static jflannel.backend.Cluster.lease;
import static jflannel.backend.Cluster.peers;
import static jflannel.backend.Cluster.underlay;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import jflannel.ip.Family;
import jflannel.kernel.KernelObject;
import jflannel.kernel.OnlinkGateways;
import jflannel.kernel.Route;
import jflannel.kernelpath.Carrier;
import jflannel.lease.NetworkConfig;
import jflannel.names.Names;
import jflannel.underlay.HostNetworks;
import org.junit.jupiter.api.Test;

class UdpBackendTest {
    private static List<String> routes(HostNetworks host) {
        NetworkConfig config = config("{\"Type\":\"udp\"}");
        Backend backend = Backends.create(config, Names.DEFAULT, underlay("192.0.2.1"), List.of(), Optional.empty());
        DesiredState desired = new DesiredState(
                backend,
                RouteTable.MAIN,
                config,
                underlay("192.0.2.1"),
                lease("udp", "10.5.1.0/24", "192.0.2.1"),
                peers(lease("", "10.5.2.0/24", "192.0.2.2"), lease("", "10.5.3.0/24", "192.0.2.3")));
        desired.rebuild(new KernelFacts(
                Map.of("flannel0", 7), Map.of(Family.IPV4, 2), Map.of(), host, OnlinkGateways.NONE, Carrier.none("")));
        return desired.objects().stream()
                .filter(Route.class::isInstance)
                .map(KernelObject::toString)
                .toList();
    }

    @Test
    void theWholeNetworkGoesToTheDevice() {
        assertThat(routes(HostNetworks.NONE)).containsExactly("route 10.5.0.0/16 dev 7");
    }

    @Test
    void onlyPeersDoWhereTheHostHasSomethingInTheNetwork() {
        HostNetworks host = hostWithStore("10.5.3.53");
        assertThat(routes(host)).containsExactly("route 10.5.2.0/24 dev 7");
    }
}

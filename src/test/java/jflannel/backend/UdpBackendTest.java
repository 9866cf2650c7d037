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
import jflannel.ip.Ip;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Link;
import jflannel.kernel.OnlinkGateways;
import jflannel.kernel.Path;
import jflannel.kernel.Route;
import jflannel.kernelpath.Carrier;
import jflannel.lease.Lease;
import jflannel.lease.NetworkConfig;
import jflannel.names.Names;
import jflannel.underlay.HostNetworks;
import jflannel.underlay.PeerPath;
import org.junit.jupiter.api.Test;

class UdpBackendTest {
    private static final Ip PEER = Ip.parse("192.0.2.2");
    private static final Link ETH0 = new Link(2, "eth0", "", 1500, null, true, 0, null);

    private static DesiredState desired(HostNetworks host, Carrier carrier, Map<Ip, PeerPath> paths, Lease... others) {
        NetworkConfig config = config("{\"Type\":\"udp\"}");
        Backend backend = Backends.create(config, Names.DEFAULT, underlay("192.0.2.1"), List.of(), Optional.empty());
        DesiredState desired = new DesiredState(
                backend,
                RouteTable.MAIN,
                config,
                underlay("192.0.2.1"),
                lease("udp", "10.5.1.0/24", "192.0.2.1"),
                peers(others));
        desired.rebuild(new KernelFacts(
                Map.of("flannel0", 7), Map.of(Family.IPV4, 2), paths, host, OnlinkGateways.NONE, carrier));
        return desired;
    }

    private static List<String> routes(HostNetworks host) {
        Lease[] others = {lease("", "10.5.2.0/24", "192.0.2.2"), lease("", "10.5.3.0/24", "192.0.2.3")};
        return desired(host, Carrier.none(""), Map.of(), others).objects().stream()
                .filter(Route.class::isInstance)
                .map(KernelObject::toString)
                .toList();
    }

    private static Carrier carrierBy(int uplink) {
        Carrier.Program program = new Carrier.Program(1, 1);
        return new Carrier(program, program, Map.of(), Map.of(Family.IPV4, uplink), "");
    }

    private static boolean daemonHasPackets(Carrier carrier, boolean reached, String... announced) {
        Path direct = new Path(null, ETH0.index(), null, 254, Path.Kind.HOST, 0, false);
        Map<Ip, PeerPath> paths = reached ? Map.of(PEER, new PeerPath(PEER, direct, ETH0)) : Map.of();
        return desired(HostNetworks.NONE, carrier, paths, lease("", "10.5.2.0/24", "192.0.2.2", announced))
                .hasPacketsForDaemon();
    }

    @Test
    void theDaemonHasPacketsOfPeersThatTheKernelDoesNotServe() {
        String announced = "{\"Kernel\":1}";
        assertThat(daemonHasPackets(carrierBy(2), true, announced)).isFalse();
        assertThat(daemonHasPackets(carrierBy(2), true)).isTrue();
        assertThat(daemonHasPackets(Carrier.none("it is old"), true, announced)).isTrue();
        assertThat(daemonHasPackets(carrierBy(3), true, announced)).isTrue();
        assertThat(daemonHasPackets(carrierBy(2), false, announced))
                .as("as while a link is down")
                .isFalse();
        assertThat(desired(HostNetworks.NONE, Carrier.none("it is old"), Map.of())
                        .hasPacketsForDaemon())
                .as("without peers")
                .isFalse();
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

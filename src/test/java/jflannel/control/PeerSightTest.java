package jflannel.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import jflannel.backend.PeerLink;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Outcome;
import jflannel.kernel.Route;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.lease.Peers;
import jflannel.page.Peer;
import org.junit.jupiter.api.Test;

class PeerSightTest {
    private static final Lease A = lease("10.5.2.0/24", "192.0.2.2");
    private static final Lease B = lease("10.5.3.0/24", "192.0.2.3");
    private static final Peers PEERS = Peers.of(List.of(A, B));

    private static Lease lease(String subnet, String at) {
        return new Lease(
                List.of(Cidr.parse(subnet)), new Announcement(Map.of(Family.IPV4, Ip.parse(at)), "vxlan", Map.of()));
    }

    private static Route route(Lease lease) {
        return Route.via(lease.cidrs().getFirst(), Ip.parse("192.0.2.9"), 3, false);
    }

    private static Peer seen(
            Lease lease,
            Map<Object, String> ignored,
            Set<KernelObject> lacking,
            Set<Route> overriding,
            Set<Object> held) {
        Outcome outcome = new Outcome(List.of(), List.of(), lacking, List.of());
        Reachability reach = Reachability.of(PEERS, ignored, outcome);
        return new PeerSight(reach, ignored, overriding, held).of(lease, PeerLink.UNKNOWN);
    }

    @Test
    void nothingIsWrongWithAPeerThatThePassReached() {
        assertThat(seen(A, Map.of(), Set.of(), Set.of(), Set.of()))
                .isEqualTo(new Peer(A, PeerLink.UNKNOWN, true, "", false));
    }

    @Test
    void whatItPublishedMayBeOfNoUse() {
        Map<Object, String> ignored = Map.of(A.key(), "its VNI is 2");
        assertThat(seen(A, ignored, Set.of(), Set.of(), Set.of()).why()).isEqualTo("its VNI is 2");
        assertThat(seen(A, ignored, Set.of(), Set.of(), Set.of()).reached()).isFalse();
        assertThat(seen(B, ignored, Set.of(), Set.of(), Set.of()).reached()).isTrue();
        Map<Object, String> single = Map.of(A.cidrs().getFirst(), "its subnet is odd");
        assertThat(seen(A, single, Set.of(), Set.of(), Set.of()).why()).isEqualTo("its subnet is odd");
    }

    @Test
    void theKernelMayLackItsRoute() {
        Peer peer = seen(A, Map.of(), Set.of(route(A)), Set.of(), Set.of());
        assertThat(peer.reached()).isFalse();
        assertThat(peer.why()).contains("kernel");
        assertThat(seen(B, Map.of(), Set.of(route(A)), Set.of(), Set.of()).reached())
                .isTrue();
    }

    @Test
    void anotherProgramsRouteMakesItDoubtful() {
        Peer peer = seen(A, Map.of(), Set.of(), Set.of(route(A)), Set.of());
        assertThat(peer.reached()).isTrue();
        assertThat(peer.why()).contains("route to 10.5.2.0/24");
        assertThat(seen(B, Map.of(), Set.of(), Set.of(route(A)), Set.of()).why())
                .isEmpty();
    }

    @Test
    void itMayBeHeld() {
        assertThat(seen(A, Map.of(), Set.of(), Set.of(), Set.of(A.key())).held())
                .isTrue();
        assertThat(seen(B, Map.of(), Set.of(), Set.of(), Set.of(A.key())).held())
                .isFalse();
    }
}

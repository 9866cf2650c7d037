package jflannel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DesiredIndexTest {
    private static final int TUNNEL = 4;
    private static final int LAN = 2;
    private static final Link DEVICE = new Link(TUNNEL, "flannel.1", "vxlan", 1450, null, true, 0, null);
    private static final Address ADDRESS = new Address(TUNNEL, Ip.parse("10.5.1.0"), 32);
    private static final Neighbor NEIGHBOR =
            Neighbor.permanent(TUNNEL, Ip.parse("10.5.2.0"), Mac.parse("02:00:5e:10:00:01"));
    private static final Neighbor FORWARDING =
            Neighbor.forwarding(TUNNEL, Mac.parse("02:00:5e:10:00:01"), Ip.parse("192.0.2.2"));
    private static final Route ROUTE = Route.via(Cidr.parse("10.5.2.0/24"), Ip.parse("10.5.2.0"), TUNNEL, true);
    private static final Route DIRECT = Route.via(Cidr.parse("10.5.3.0/24"), Ip.parse("192.0.2.3"), LAN, false);
    private static final List<KernelObject> ALL = List.of(ADDRESS, NEIGHBOR, FORWARDING, ROUTE, DIRECT);

    private final DesiredIndex index = new DesiredIndex();

    @BeforeEach
    void desire() {
        index.replace(
                Map.of("flannel.1", DEVICE),
                ALL,
                Ownership.of(Set.of(TUNNEL), route -> route.protocol() == Route.OURS));
    }

    @Test
    void itsOwnChangesCallForNothing() {
        for (KernelObject object : ALL) {
            assertThat(present(object)).as(object.toString()).isEqualTo(Repair.NOTHING);
        }
        assertThat(index.repairFor(new KernelNews.DeviceChanged(DEVICE))).isEqualTo(Repair.NOTHING);
        Route former = Route.via(Cidr.parse("10.5.9.0/24"), Ip.parse("10.5.9.0"), TUNNEL, true);
        assertThat(index.repairFor(new KernelNews.Absent(former.key())))
                .as("deleted since it is not desired any more")
                .isEqualTo(Repair.NOTHING);
    }

    @Test
    void whatSomebodyDeletedIsPut() {
        for (KernelObject object : List.of(NEIGHBOR, FORWARDING, ROUTE, DIRECT)) {
            assertThat(index.repairFor(new KernelNews.Absent(object.key()))).isEqualTo(new Repair.Put(object));
        }
    }

    /// The kernel drops routes with it, and does not say so.
    @Test
    void anAddressThatSomebodyDeletedTakesAPass() {
        assertThat(index.repairFor(new KernelNews.Absent(ADDRESS.key()))).isEqualTo(Repair.PASS);
    }

    @Test
    void whatSomebodyReplacedIsPut() {
        assertThat(present(Neighbor.permanent(TUNNEL, NEIGHBOR.ip(), Mac.parse("02:00:00:00:00:99"))))
                .isEqualTo(new Repair.Put(NEIGHBOR));
        assertThat(present(Neighbor.forwarding(TUNNEL, FORWARDING.mac(), Ip.parse("192.0.2.99"))))
                .isEqualTo(new Repair.Put(FORWARDING));
        assertThat(present(new Route(DIRECT.destination(), Ip.parse("192.0.2.99"), LAN, false, 4, 0, Route.UNICAST)))
                .isEqualTo(new Repair.Put(DIRECT));
    }

    @Test
    void whatLooksLikeOursAndIsNotDesiredIsDeleted() {
        for (KernelObject stale : List.of(
                new Address(TUNNEL, Ip.parse("169.254.7.7"), 16),
                Neighbor.permanent(TUNNEL, Ip.parse("10.5.9.0"), Mac.parse("02:00:00:00:00:99")),
                Route.via(Cidr.parse("10.5.9.0/24"), Ip.parse("192.0.2.9"), LAN, false))) {
            assertThat(present(stale)).isEqualTo(new Repair.Delete(stale));
        }
    }

    @Test
    void whatIsNobodysBusinessCallsForNothing() {
        Route foreign = new Route(Cidr.parse("10.5.9.0/24"), Ip.parse("192.0.2.9"), LAN, false, 4, 0, Route.UNICAST);
        assertThat(present(foreign)).isEqualTo(Repair.NOTHING);
        assertThat(present(new Address(TUNNEL, Ip.parse("fe80::1"), 64))).isEqualTo(Repair.NOTHING);
        assertThat(index.repairFor(new KernelNews.TableChanged("inet other"))).isEqualTo(Repair.NOTHING);
        assertThat(index.repairFor(new KernelNews.DeviceGone("flannel-v6.1"))).isEqualTo(Repair.NOTHING);
    }

    /// Of WireGuard's peers the kernel reports nothing; they are read again and again.
    @Test
    void aPeerThatSomebodyChangedIsPut() {
        Set<Cidr> networks = Set.of(Cidr.parse("10.5.2.0/24"));
        WireguardPeer wanted = new WireguardPeer(
                TUNNEL, new WireguardKey(1, 2, 3, 4), WireguardSecret.NONE, Ip.parse("192.0.2.2"), 51820, 0, networks);
        WireguardPeer stranger =
                new WireguardPeer(TUNNEL, new WireguardKey(5, 6, 7, 8), WireguardSecret.NONE, null, 0, 0, Set.of());
        index.replace(Map.of(), List.of(wanted), Ownership.of(Set.of(TUNNEL), _ -> false));
        assertThat(seen(wanted, 0)).isEqualTo(Repair.NOTHING);
        assertThat(seen(wanted.at(Ip.parse("203.0.113.1"), 9), 0)).isEqualTo(new Repair.Put(wanted));
        assertThat(seen(wanted.at(Ip.parse("203.0.113.1"), 9), Instant.now().getEpochSecond()))
                .as("it is reached there")
                .isEqualTo(Repair.NOTHING);
        assertThat(seen(stranger, 0)).isEqualTo(new Repair.Delete(stranger));
        assertThat(index.repairFor(new KernelNews.Absent(wanted.key()))).isEqualTo(new Repair.Put(wanted));
        assertThat(index.repairFor(new KernelNews.Absent(stranger.key()))).isEqualTo(Repair.NOTHING);
    }

    private Repair seen(WireguardPeer peer, long lastHandshake) {
        return index.repairFor(new KernelNews.PeerSeen(new WireguardState.Peer(peer, lastHandshake, 0, 0)));
    }

    /// To replace the route that the kernel made for an address would cut this node off from that network.
    @Test
    void aRouteOfTheKernelsIsNotReplacedByTheWay() {
        Route attached = new Route(DIRECT.destination(), null, 7, false, Route.KERNEL, 0, Route.UNICAST);
        assertThat(present(attached)).isEqualTo(Repair.PASS);
        assertThat(index.repairFor(new KernelNews.Absent(attached.key()))).isEqualTo(new Repair.Put(DIRECT));
    }

    /// IPv6 refuses a gateway "on the link" while another device's route leads to it.
    @Test
    void aRouteThatHasToGoFirstTakesAPass() {
        assertThat(present(new Route(ROUTE.destination(), Ip.parse("192.0.2.9"), LAN, false, 4, 0, Route.UNICAST)))
                .isEqualTo(Repair.PASS);
    }

    @Test
    void aDeviceThatIsNotAsItWasTakesAPass() {
        Link down = new Link(TUNNEL, "flannel.1", "vxlan", 1450, null, false, 0, null);
        assertThat(index.repairFor(new KernelNews.DeviceChanged(down))).isEqualTo(Repair.PASS);
        assertThat(index.repairFor(new KernelNews.DeviceGone("flannel.1"))).isEqualTo(Repair.PASS);
        assertThat(index.repairFor(new KernelNews.UnderlayChanged())).isEqualTo(Repair.PASS);
        assertThat(index.repairFor(new KernelNews.Everything())).isEqualTo(Repair.PASS);
    }

    /// A route that somebody else makes to a part of a peer's subnet wins over ours.
    @Test
    void aForeignRouteToAPartOfASubnetTakesAnAudit() {
        for (String destination : new String[] {"10.5.2.0/25", "10.5.3.128/25", "10.5.2.9/32", "10.5.2.0/24"}) {
            Route foreign = new Route(Cidr.parse(destination), Ip.parse("192.0.2.9"), LAN, false, 4, 7, Route.UNICAST);
            assertThat(present(foreign)).as(destination).isEqualTo(Repair.AUDIT);
            assertThat(index.repairFor(new KernelNews.Absent(foreign.key())))
                    .as("no more " + destination)
                    .isEqualTo(Repair.AUDIT);
        }
        for (String destination : new String[] {"10.5.0.0/16", "10.5.9.0/25", "0.0.0.0/0"}) {
            Route foreign = new Route(Cidr.parse(destination), Ip.parse("192.0.2.9"), LAN, false, 4, 0, Route.UNICAST);
            assertThat(present(foreign)).as(destination).isEqualTo(Repair.NOTHING);
        }
    }

    @Test
    void beforeAnythingIsDesiredNothingIsTouched() {
        DesiredIndex empty = new DesiredIndex();
        Random random = new Random(1);
        for (int i = 0; i < 100; i++) {
            KernelObject object = Samples.object(random);
            assertThat(empty.repairFor(new KernelNews.Present(object))).isEqualTo(Repair.NOTHING);
            assertThat(empty.repairFor(new KernelNews.Absent(object.key()))).isEqualTo(Repair.NOTHING);
        }
    }

    private Repair present(KernelObject object) {
        return index.repairFor(new KernelNews.Present(object));
    }
}

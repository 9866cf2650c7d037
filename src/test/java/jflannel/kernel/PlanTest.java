package jflannel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.linux.KernelException;
import org.junit.jupiter.api.Test;

class PlanTest {
    private static final int OUR_DEVICE = 5;
    private static final Predicate<KernelObject> OURS = Ownership.of(
                    Set.of(OUR_DEVICE), route -> route.protocol() == Route.OURS)
            .claims();
    private static final Mac VTEP = Mac.parse("02:00:5e:10:00:01");
    private static final Cidr SUBNET = Cidr.parse("10.5.2.0/24");
    private static final Route WANTED = Route.via(SUBNET, Ip.parse("192.0.2.2"), 3, false);
    private static final Route FOREIGN =
            new Route(SUBNET, Ip.parse("192.0.2.99"), 3, false, Route.BOOT, 0, Route.UNICAST);
    private static final Route CONNECTED = new Route(SUBNET, null, 7, false, Route.KERNEL, 0, Route.UNICAST);

    @Test
    void whatExistsAsDesiredIsLeftAloneWhoeverMadeIt() {
        assertThat(changes(Set.of(FOREIGN, WANTED), List.of(FOREIGN))).containsExactly("DELETE " + WANTED);
        assertThat(changes(Set.of(CONNECTED), List.of(CONNECTED))).isEmpty();
        assertThat(changes(Set.of(FOREIGN), List.of(FOREIGN))).isEmpty();
    }

    @Test
    void whatIsOursAndNotDesiredGoes() {
        assertThat(changes(Set.of(WANTED, FOREIGN), List.of())).containsExactly("DELETE " + WANTED);
    }

    @Test
    void aRouteThatChangesIsReplacedAndNeverDeletedFirst() {
        Route moved = Route.via(SUBNET, Ip.parse("192.0.2.3"), 3, false);
        assertThat(changes(Set.of(WANTED), List.of(moved))).containsExactly("REPLACE " + moved);
    }

    @Test
    void anIpv6RouteByAnotherDeviceGoesBeforeOneThatTakesItsGatewayToBeOnTheLink() {
        Cidr subnet = Cidr.parse("fd00:5:2::/64");
        Route direct = Route.via(subnet, Ip.parse("fd00::2"), 3, false);
        Route tunnel = Route.via(subnet, subnet.address(), OUR_DEVICE, true);
        assertThat(changes(Set.of(direct), List.of(tunnel))).containsExactly("DELETE " + direct, "ADD " + tunnel);
        assertThat(changes(Set.of(tunnel), List.of(direct))).containsExactly("REPLACE " + direct);
        Route spoilt = Route.via(subnet, Ip.parse("fd00:5:2::7"), OUR_DEVICE, true);
        assertThat(changes(Set.of(direct, spoilt), List.of(tunnel)))
                .containsExactly("DELETE " + direct, "REPLACE " + tunnel);
        Route old = Route.via(SUBNET, SUBNET.address(), OUR_DEVICE, true);
        assertThat(changes(Set.of(WANTED), List.of(old))).containsExactly("REPLACE " + old);
    }

    @Test
    void aForeignRouteGivesWay() {
        assertThat(changes(Set.of(FOREIGN), List.of(WANTED))).containsExactly("REPLACE " + WANTED);
    }

    @Test
    void anOldRouteBesideTheDesiredOneGoes() {
        Route old = Route.via(SUBNET, Ip.parse("192.0.2.3"), 3, false);
        assertThat(changes(Set.of(old, WANTED, FOREIGN), List.of(WANTED))).containsExactly("DELETE " + old);
    }

    @Test
    void aNetworkThatTheNodeIsAttachedToIsNotRoutedAway() {
        Route slow = new Route(SUBNET, null, 7, false, Route.KERNEL, 100, Route.UNICAST);
        for (Route connected : List.of(CONNECTED, slow)) {
            Plan plan = Plan.from(Set.of(connected), OURS, List.of(WANTED));
            assertThat(plan.changes()).isEmpty();
            assertThat(plan.refused())
                    .extracting(KernelException::getMessage)
                    .containsExactly("put route 10.5.2.0/24 via 192.0.2.2 dev 3: File exists:"
                            + " this node is attached to that network by dev 7 [errno 17]");
        }
    }

    /// The kernel would refuse the new rule as long as there is one that differs in its maker alone.
    @Test
    void aRuleInThePlaceOfOursGoesBeforeOursComes() {
        RoutingRule wanted = RoutingRule.to(SUBNET, 100, 5000);
        RoutingRule foreign = new RoutingRule(SUBNET, 100, 5000, Route.BOOT);
        assertThat(Plan.from(Set.of(foreign), OURS, List.of(wanted)).changes())
                .containsExactly(new Plan.Change(Plan.Verb.DELETE, foreign), new Plan.Change(Plan.Verb.ADD, wanted));
    }

    @Test
    void aRuleComesBehindTheRoutesThatItLeadsTo() {
        Route route = WANTED.inTable(100);
        RoutingRule rule = RoutingRule.to(SUBNET, 100, 5000);
        assertThat(Plan.from(Set.of(), OURS, List.of(rule, route)).changes())
                .extracting(Plan.Change::object)
                .containsExactly(route, rule);
    }

    @Test
    void theWayOutOfATableTakesNothingFromTheKernelsRoute() {
        Route wayOut = Route.skipping(SUBNET, 100);
        assertThat(Plan.from(Set.of(CONNECTED), OURS, List.of(wayOut)).refused())
                .isEmpty();
    }

    @Test
    void aRouteOfOursThatHidesANetworkTheNodeCameToBeAttachedToGoes() {
        Route slow = new Route(SUBNET, null, 7, false, Route.KERNEL, 100, Route.UNICAST);
        Plan plan = Plan.from(Set.of(slow, WANTED), OURS, List.of(WANTED));
        assertThat(plan.changes()).containsExactly(new Plan.Change(Plan.Verb.DELETE, WANTED));
        assertThat(plan.refused()).hasSize(1);
    }

    @Test
    void aBlackholeMayStandBehindAConnectedRoute() {
        Route behind = new Route(SUBNET, null, 0, false, Route.OURS, 9000, Route.BLACKHOLE);
        Route before = new Route(SUBNET, null, 0, false, Route.OURS, 0, Route.BLACKHOLE);
        assertThat(changes(Set.of(CONNECTED), List.of(behind))).containsExactly("ADD " + behind);
        assertThat(Plan.from(Set.of(CONNECTED), OURS, List.of(before)).refused())
                .hasSize(1);
    }

    @Test
    void ofTwoDesiredForOnePlaceOneIsRefusedTheSameInAnyOrder() {
        Route other = Route.via(SUBNET, Ip.parse("192.0.2.3"), 3, false);
        for (List<Route> desired : List.of(List.of(WANTED, other), List.of(other, WANTED))) {
            Plan plan = Plan.from(Set.of(), OURS, desired);
            assertThat(plan.changes()).containsExactly(new Plan.Change(Plan.Verb.ADD, WANTED));
            assertThat(plan.refused())
                    .extracting(KernelException::getMessage)
                    .containsExactly("put route 10.5.2.0/24 via 192.0.2.3 dev 3: File exists:"
                            + " it is also desired as route 10.5.2.0/24 via 192.0.2.2 dev 3 [errno 17]");
        }
        assertThat(Plan.from(Set.of(), OURS, List.of(WANTED, WANTED)).refused()).isEmpty();
    }

    @Test
    void aDeviceKeepsItsLinkLocalAddress() {
        Address linkLocal = new Address(OUR_DEVICE, Ip.parse("fe80::1"), 64);
        Address old = new Address(OUR_DEVICE, Ip.parse("10.5.9.0"), 32);
        assertThat(changes(Set.of(linkLocal, old), List.of())).containsExactly("DELETE " + old);
    }

    /// Whatever the state before, after each plan the kernel holds what is desired and all that is foreign, and no
    /// step relied on something that was not there yet or no longer.
    @Test
    void anyStateTurnsIntoAnyOther() {
        Random random = new Random(20260101);
        Set<KernelObject> foreign = Set.of(
                Neighbor.permanent(9, Ip.parse("10.5.2.7"), VTEP),
                Neighbor.forwarding(9, VTEP, Ip.parse("192.0.2.7")),
                new Address(9, Ip.parse("192.0.2.1"), 24),
                Route.via(Cidr.parse("10.99.0.0/16"), Ip.parse("192.0.2.99"), 3, false),
                CONNECTED);
        Predicate<KernelObject> ours = object -> OURS.test(object) && !foreign.contains(object);
        Set<KernelObject> kernel = new HashSet<>(foreign);
        for (int step = 0; step < 500; step++) {
            if (random.nextInt(3) == 0) {
                kernel.removeIf(object -> !foreign.contains(object) && random.nextInt(4) == 0); // by hand
            }
            Map<Object, KernelObject> desired = new HashMap<>();
            for (KernelObject object : someState(random)) {
                desired.put(object.key(), object);
            }
            Plan plan = Plan.from(kernel, ours, desired.values());
            plan.changes().forEach(change -> apply(kernel, change));
            Set<KernelObject> expected = new HashSet<>(foreign);
            desired.values().stream()
                    .filter(object -> !(object instanceof Route route
                            && route.destination().equals(CONNECTED.destination())))
                    .forEach(expected::add);
            assertThat(kernel).isEqualTo(expected);
            assertThat(Plan.from(kernel, ours, desired.values()).changes()).isEmpty();
        }
    }

    private static List<KernelObject> someState(Random random) {
        List<KernelObject> state = new ArrayList<>();
        if (random.nextInt(4) != 0) {
            state.add(new Address(OUR_DEVICE, Ip.parse("10.5.1.0").plus(random.nextInt(2)), 32));
        }
        Cidr subnet = Cidr.parse("10.5.2.0/24");
        for (int peer = 0; peer < 8; peer++, subnet = subnet.next()) {
            Ip publicIp = Ip.parse("192.0.2.2").plus(random.nextInt(4));
            Mac vtep = new Mac(VTEP.bits() + random.nextInt(3) + 10L * peer);
            switch (random.nextInt(3)) {
                case 0 -> {}
                case 1 -> state.add(Route.via(subnet, publicIp, 3, false));
                default -> {
                    state.add(Neighbor.forwarding(OUR_DEVICE, vtep, publicIp));
                    state.add(Neighbor.permanent(OUR_DEVICE, subnet.address(), vtep));
                    state.add(Route.via(subnet, subnet.address(), OUR_DEVICE, true));
                }
            }
        }
        return state;
    }

    /// As the kernel would, refusing what it must not be asked for.
    private static void apply(Set<KernelObject> kernel, Plan.Change change) {
        KernelObject object = change.object();
        boolean taken = kernel.stream().anyMatch(o -> o.key().equals(object.key()));
        switch (change.verb()) {
            case ADD -> {
                assertThat(taken).isFalse();
                kernel.add(object);
            }
            case REPLACE -> {
                assertThat(taken).isTrue();
                kernel.removeIf(o -> o.key().equals(object.key()));
                kernel.add(object);
            }
            case DELETE -> assertThat(kernel.remove(object)).isTrue();
        }
        assertRoutesCanWork(kernel, change);
    }

    /// A route through our device needs the neighbor that it names, and that one the entry that it names.
    private static void assertRoutesCanWork(Collection<KernelObject> kernel, Plan.Change change) {
        if (change.object() instanceof Route route
                && change.verb() != Plan.Verb.DELETE
                && route.ifIndex() == OUR_DEVICE) {
            assertThat(kernel.stream()
                            .anyMatch(object -> object instanceof Neighbor neighbor
                                    && neighbor.ip().equals(route.gateway())))
                    .isTrue();
        }
        if (change.object() instanceof Neighbor neighbor && change.verb() == Plan.Verb.DELETE) {
            assertThat(kernel.stream()
                            .noneMatch(object -> object instanceof Route route
                                    && route.ifIndex() == neighbor.ifIndex()
                                    && neighbor.ip().equals(route.gateway())
                                    && !neighbor.forwarding()))
                    .isTrue();
        }
    }

    private static List<String> changes(Set<KernelObject> actual, List<? extends KernelObject> desired) {
        Plan plan = Plan.from(actual, OURS, desired);
        assertThat(plan.refused()).isEmpty();
        return plan.changes().stream()
                .map(change -> change.verb() + " " + change.object())
                .toList();
    }
}

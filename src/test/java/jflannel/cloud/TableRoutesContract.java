package jflannel.cloud;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.stream.IntStream;
import jflannel.ip.Cidr;
import jflannel.lab.cloud.TableStandIn;
import jflannel.status.Condition;
import org.junit.jupiter.api.Test;

/// What nodes do in a VPC whose routes have an ID and a text, whoever the vendor is.
public abstract class TableRoutesContract<C extends TableStandIn> extends TableCloud<C> {
    private int calls() {
        return cloud.calls().values().stream().mapToInt(Integer::intValue).sum();
    }

    @Test
    void aNodeAddsItsRouteAndAtRestMakesOneCallForEachPeriod() {
        try (CloudNode node = node(1)) {
            clock.pass(node.look());
            assertThat(node.board().findings()).isEmpty();
            assertThat(target(subnet(1))).isEqualTo(hop(1));
            assertThat(node.board().status().cloudRoute()).hasValueSatisfying(state -> {
                assertThat(state.inPlace()).isTrue();
                assertThat(state.node()).isEqualTo(hop(1));
            });
            clock.pass(node.look());
            cloud.forgetCalls();
            int periods = 30;
            for (int i = 0; i < periods; i++) {
                clock.pass(node.look());
            }
            assertThat(calls()).isBetween(periods - 3, periods); // some need not ask anything once an hour
            assertThat(cloud.calls()).doesNotContainKeys(vendor().create(), vendor().delete());
        }
    }

    @Test
    void mendsWhatSomebodyDeletesOrTurnsElsewhere() {
        cloud.add(machine(2));
        try (CloudNode node = node(1)) {
            clock.pass(node.look());
            cloud.delete(subnet(1));
            clock.pass(node.look());
            assertThat(target(subnet(1))).isEqualTo(hop(1));
            assertThat(node.board().status().lastRepair()).isPresent();
            cloud.put(vendor().main(), subnet(1), hop(2));
            clock.pass(node.look());
            clock.pass(node.look());
            assertThat(target(subnet(1))).isEqualTo(hop(1));
            assertThat(node.board().findings()).isEmpty();
        }
    }

    @Test
    void theTableOfTheSubnetComesBeforeTheMainOneAndBothItAndTheRouteMayBeOnAnyPage() {
        IntStream.range(0, 150).forEach(number -> cloud.addTable(table(number)));
        cloud.associate(table(149));
        cloud.limit(1000);
        IntStream.range(0, 250).forEach(i -> cloud.put(table(149), Cidr.parse("10.4." + i + ".0/24"), "other"));
        try (CloudNode node = node(wanted(1, ",\"RouteQuota\":1000"), 1)) {
            clock.pass(node.look());
            clock.pass(node.look());
            assertThat(cloud.routes(table(149))).containsEntry(subnet(1), hop(1));
            assertThat(target(subnet(1))).isEqualTo("none");
            assertThat(cloud.calls()).containsEntry(vendor().create(), 1);
            assertThat(node.conditions()).isEmpty();
        }
    }

    @Test
    void namedTablesGetItAndNoOthers() {
        cloud.addTable(table(1));
        cloud.addTable(table(2));
        try (CloudNode node = node(wanted(1, ",\"RouteTableID\":[\"%s\",\"%s\"]".formatted(table(1), table(2))), 1)) {
            clock.pass(node.look());
            clock.pass(Duration.ofMinutes(10));
            node.look();
            assertThat(cloud.routes(table(1))).containsEntry(subnet(1), hop(1));
            assertThat(cloud.routes(table(2))).containsEntry(subnet(1), hop(1));
            assertThat(target(subnet(1))).isEqualTo("none");
        }
        try (CloudNode node = node(wanted(1, ",\"RouteTableID\":\"%s\"".formatted(table(3))), 1)) {
            node.look();
            assertThat(node.conditions()).containsExactly(Condition.CLOUD_ROUTE_MISSING, Condition.CLOUD_FAILING);
        }
    }

    @Test
    void whatIsForbiddenIsNamed() {
        cloud.faults().forbid(vendor().create());
        try (CloudNode node = node(1)) {
            Duration pause = node.look();
            assertThat(node.conditions()).containsExactly(Condition.CLOUD_ROUTE_MISSING, Condition.CLOUD_PERMISSION);
            assertThat(node.detail(Condition.CLOUD_PERMISSION))
                    .isEqualTo("the credentials do not permit vpc:" + vendor().create() + " on " + vendor().main());
            cloud.faults().permit(vendor().create());
            clock.pass(pause);
            clock.pass(node.look());
            assertThat(node.conditions()).isEmpty();
        }
    }

    @Test
    void keysThatAreNotTheCloudsAreRefused() {
        String stolen = ",\"AccessKeyID\":\"stolen\",\"AccessKeySecret\":\"secret-that-no-message-has\"";
        try (CloudNode node = node(wanted(1, stolen), 1)) {
            node.look();
            assertThat(node.conditions()).containsExactly(Condition.CLOUD_ROUTE_MISSING, Condition.CLOUD_CREDENTIALS);
            assertThat(node.board().findings().toString()).doesNotContain("secret-that-no-message-has");
        }
        assertThat(target(subnet(1))).isEqualTo("none");
    }

    @Test
    void survivesThrottlingAndHalfFailures() {
        cloud.faults().throttle(vendor().list(), 6);
        cloud.faults().failAfterwards(vendor().create(), 1);
        try (CloudNode node = node(1)) {
            List<Long> pauses = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                Duration pause = node.look();
                assertThat(node.conditions()).contains(Condition.CLOUD_THROTTLED);
                node.look();
                pauses.add(pause.toMillis());
                clock.pass(pause);
            }
            assertThat(cloud.calls()).as("no call before its time").containsEntry(vendor().list(), 6);
            assertThat(pauses.getLast()).isGreaterThan(pauses.getFirst() * 8);
            clock.pass(node.look());
            assertThat(node.conditions()).contains(Condition.CLOUD_FAILING);
            node.look();
            assertThat(node.conditions()).isEmpty();
            assertThat(cloud.calls()).containsEntry(vendor().create(), 1);
        }
    }

    @Test
    void anApiThatIsDownIsNamedAndTriedAgain() {
        cloud.faults().takeDown(true);
        try (CloudNode node = node(1)) {
            Duration pause = node.look();
            assertThat(node.detail(Condition.CLOUD_FAILING)).contains("vpc:Describe", "does not answer");
            cloud.faults().takeDown(false);
            clock.pass(pause);
            clock.pass(node.look());
            assertThat(node.conditions()).isEmpty();
        }
    }

    @Test
    void copesWithListsThatShowThePast() {
        cloud.faults().lag(Duration.ofMinutes(10).toNanos());
        try (CloudNode node = node(1)) {
            for (int i = 0; i < 4; i++) {
                clock.pass(node.look());
                assertThat(node.conditions()).isEmpty();
                assertThat(target(subnet(1))).isEqualTo(hop(1));
            }
        }
        cloud.add(machine(2));
        cloud.put(vendor().main(), subnet(1), hop(2));
        try (CloudNode node = node(1)) {
            Duration pause = node.look();
            clock.pass(pause);
            clock.pass(Duration.ofMinutes(11));
            clock.pass(node.look());
            clock.pass(node.look());
            assertThat(target(subnet(1))).isEqualTo(hop(1));
            assertThat(node.conditions()).isEmpty();
        }
    }

    @Test
    void warnsBeforeTheTableIsFull() {
        try (CloudNode node = node(wanted(1, ",\"RouteQuota\":20"), 1)) {
            node.others(new OtherNodes(
                    IntStream.rangeClosed(2, 30).mapToObj(TableCloud::subnet).toList(), true));
            for (int i = 0; i < 3; i++) {
                clock.pass(node.look());
            }
            assertThat(node.conditions()).containsExactly(Condition.CLOUD_QUOTA);
            assertThat(node.detail(Condition.CLOUD_QUOTA)).contains(" of at most 20", "29 nodes");
        }
        cloud.delete(subnet(1));
        cloud.limit(0);
        clock.pass(Duration.ofMinutes(6));
        try (CloudNode node = node(1)) {
            node.look();
            assertThat(node.conditions()).containsExactly(Condition.CLOUD_ROUTE_MISSING, Condition.CLOUD_QUOTA);
        }
    }

    @Test
    void oneNodeDeletesWhatFlannelLeftAndNothingElse() {
        IntStream.rangeClosed(2, 4).forEach(number -> cloud.add(machine(number)));
        cloud.put(vendor().main(), subnet(3), hop(3), CloudRoute.mark(subnet(3)));
        cloud.put(vendor().main(), subnet(77), hop(1), CloudRoute.mark(subnet(77)));
        cloud.put(vendor().main(), subnet(44), hop(4));
        cloud.put(vendor().main(), Cidr.parse("10.5.200.0/22"), hop(3), CloudRoute.mark(Cidr.parse("10.5.200.0/22")));
        try (CloudNode plain = node(1);
                CloudNode first = node(wanted(1, ",\"DeleteStale\":true"), 1);
                CloudNode second = node(wanted(2, ",\"DeleteStale\":true"), 2)) {
            plain.others(new OtherNodes(List.of(subnet(2)), true));
            first.others(new OtherNodes(List.of(subnet(2)), true));
            second.others(new OtherNodes(List.of(subnet(1)), true));
            for (CloudNode node : List.of(plain, second, plain, second, first)) {
                node.look();
                clock.pass(Duration.ofMinutes(6));
            }
            assertThat(cloud.routes(vendor().main()))
                    .as("not wanted, not elected, seen once")
                    .containsKey(subnet(3))
                    .as("its own of former times")
                    .doesNotContainKey(subnet(77));
            first.look();
            clock.pass(Duration.ofMinutes(6));
            assertThat(cloud.routes(vendor().main()))
                    .doesNotContainKey(subnet(3))
                    .containsKeys(subnet(1), subnet(2), subnet(44), Cidr.parse("10.5.200.0/22"));
        }
    }

    @Test
    void aBackendThatIsReplacedTakesItsRouteAlong() {
        DesiredCloudRoutes wanted = wanted(1, "");
        try (CloudNode node = node(wanted, 1)) {
            node.look();
            cloud.put(vendor().main(), subnet(2), hop(1), CloudRoute.mark(subnet(2)));
            node.want(wanted.withdraw());
            clock.pass(Duration.ofMinutes(6));
            node.look();
            assertThat(cloud.routes(vendor().main()))
                    .doesNotContainKey(subnet(1))
                    .containsKey(subnet(2));
            assertThat(node.board().status().cloudRoute()).isEmpty();
        }
    }

    @Test
    void aLaterProcessTakesBackWhatAnEarlierOneAdded() {
        DesiredCloudRoutes wanted = wanted(1, "");
        try (CloudNode node = remembering(wanted)) {
            node.look();
        }
        assertThat(folder.resolve("routes")).content().contains("10.5.1.0/24");
        clock.pass(Duration.ofMinutes(6));
        cloud.faults().forbid(vendor().delete());
        CloudNode other = remembering(
                new CloudMemory(folder.resolve("routes")).read().getFirst().withdraw());
        try (other) {
            Duration pause = other.look();
            assertThat(other.conditions()).containsExactly(Condition.CLOUD_ROUTE_LEFT);
            assertThat(other.detail(Condition.CLOUD_ROUTE_LEFT))
                    .contains("10.5.1.0/24 by " + vendor().backend(), "vpc:" + vendor().delete());
            cloud.faults().permit(vendor().delete());
            clock.pass(pause);
            other.look();
            assertThat(other.conditions()).isEmpty();
        }
        assertThat(target(subnet(1))).isEqualTo("none");
        assertThat(folder.resolve("routes")).doesNotExist();
    }

    @Test
    void anotherSubnetTakesTheFormerOnesRouteAway() {
        try (CloudNode node = remembering(wanted(1, ""))) {
            node.look();
        }
        clock.pass(Duration.ofMinutes(6));
        DesiredCloudRoutes wanted = wanted(1, "");
        DesiredCloudRoutes moved =
                new DesiredCloudRoutes(wanted.network(), Set.of(subnet(9)), wanted.places(), wanted.endpoint(), false);
        try (CloudNode node = remembering(moved)) {
            node.others(new OtherNodes(List.of(), false));
            for (int i = 0; i < 3; i++) {
                clock.pass(node.look());
            }
            assertThat(target(subnet(9))).isEqualTo(hop(1));
            assertThat(target(subnet(1))).isEqualTo("none");
            assertThat(node.conditions()).isEmpty();
        }
        assertThat(folder.resolve("routes")).content().contains("10.5.9.0/24").doesNotContain("10.5.1.0/24");
    }

    @Test
    void twoHundredNodesThatStartAtOnceStayBelowTheLimits() {
        int nodes = 200;
        List<Cidr> all =
                IntStream.rangeClosed(1, nodes).mapToObj(TableCloud::subnet).toList();
        record Turn(long at, CloudNode node) {}
        PriorityQueue<Turn> turns = new PriorityQueue<>(Comparator.comparingLong(Turn::at));
        List<CloudNode> cluster = new ArrayList<>();
        cloud.limit(500);
        for (int i = 1; i <= nodes; i++) {
            int number = i;
            cloud.add(machine(number));
            CloudNode node = node(wanted(number, ",\"RouteQuota\":500"), number);
            node.others(new OtherNodes(
                    all.stream().filter(it -> !it.equals(subnet(number))).toList(), true));
            cluster.add(node);
            turns.add(new Turn(clock.getAsLong(), node));
        }
        while (turns.peek().at() < Duration.ofMinutes(4).toNanos()) {
            Turn turn = turns.poll();
            clock.reach(turn.at());
            turns.add(new Turn(clock.getAsLong() + turn.node().look().toNanos() + 1, turn.node()));
        }
        assertThat(cloud.throttled()).isZero();
        assertThat(cloud.routes(vendor().main())).hasSize(nodes);
        assertThat(cloud.calls().get(vendor().create())).isLessThan(nodes * 2);
        cluster.forEach(CloudNode::close);
    }
}

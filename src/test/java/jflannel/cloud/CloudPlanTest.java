package jflannel.cloud;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import jflannel.cloud.CloudRoute.State;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.lease.NetworkConfig;
import org.junit.jupiter.api.Test;

class CloudPlanTest {
    private static final Cidr OWN = Cidr.parse("10.5.1.0/24");
    private static final List<Cidr> PEERS = List.of(Cidr.parse("10.5.2.0/24"), Cidr.parse("10.5.3.0/24"));

    private static CloudRoute route(String destination, String target, State state) {
        return new CloudRoute("rtb-1", Cidr.parse(destination), "", target, state, target.equals("me"));
    }

    private static CloudRoute route(String destination, String target) {
        return route(destination, target, State.ACTIVE);
    }

    private static CloudPlan plan(boolean known, CloudRoute... routes) {
        return CloudPlan.of(
                wanted(false), List.of(new CloudTable("rtb-1", List.of(routes), routes.length, 50)), PEERS, known);
    }

    static DesiredCloudRoutes wanted(boolean withdrawn) {
        NetworkConfig network = NetworkConfig.parse(
                "/config", "{\"Network\":\"10.5.0.0/16\",\"Backend\":{\"Type\":\"aws-vpc\",\"DeleteStale\":true}}");
        return new DesiredCloudRoutes(
                network,
                Set.of(OWN),
                Map.of(
                        Family.IPV4,
                        new DesiredCloudRoutes.Place(
                                Optional.of(Mac.parse("02:00:00:00:00:01")), Ip.parse("172.31.0.1"))),
                Optional.empty(),
                withdrawn);
    }

    @Test
    void createsWhatIsNotThere() {
        CloudPlan plan = plan(true);
        assertThat(plan.create()).extracting(CloudPlan.Create::subnet).containsExactly(OWN);
        assertThat(plan.isFulfilled()).isFalse();
        assertThat(plan.unrouted()).isEqualTo(3);
    }

    @Test
    void leavesAloneWhatIsRight() {
        CloudPlan plan = plan(true, route("10.5.1.0/24", "me"), route("10.5.2.0/24", "peer"));
        assertThat(plan.isFulfilled()).isTrue();
        assertThat(Stream.of(plan.former(), plan.dead(), plan.strange(), plan.overriding()))
                .allMatch(List::isEmpty);
        assertThat(plan.unrouted()).isEqualTo(1);
    }

    @Test
    void replacesWhatLeadsElsewhereOrNowhere() {
        assertThat(plan(true, route("10.5.1.0/24", "other")).replace()).hasSize(1);
        assertThat(plan(true, route("10.5.1.0/24", "me", State.DEAD)).replace()).hasSize(1);
        assertThat(plan(true, route("10.5.1.0/24", "vgw", State.FOREIGN)).create())
                .as("beside somebody else's")
                .hasSize(1);
    }

    @Test
    void wantsItInEachTable() {
        CloudTable full = new CloudTable("rtb-1", List.of(route("10.5.1.0/24", "me")), 1, 50);
        CloudPlan plan =
                CloudPlan.of(wanted(false), List.of(full, new CloudTable("rtb-2", List.of(), 0, 50)), PEERS, true);
        assertThat(plan.create()).extracting(each -> each.table().id()).containsExactly("rtb-2");
    }

    @Test
    void sortsWhatNobodyHas() {
        CloudPlan plan = plan(
                true,
                route("10.5.1.0/24", "me"),
                route("10.5.7.0/24", "me"),
                route("10.5.8.0/24", "gone", State.DEAD),
                route("10.5.9.0/24", "other"));
        assertThat(plan.former()).extracting(CloudRoute::words).containsExactly("10.5.7.0/24 in rtb-1");
        assertThat(plan.dead()).extracting(CloudRoute::words).containsExactly("10.5.8.0/24 in rtb-1");
        assertThat(plan.strange()).extracting(CloudRoute::words).containsExactly("10.5.9.0/24 in rtb-1");
    }

    @Test
    void touchesNothingOfAnybodyElse() {
        CloudPlan plan = plan(
                true,
                route("10.5.1.0/24", "me"),
                route("10.5.128.0/17", "gone", State.DEAD),
                route("10.5.8.0/25", "other"),
                route("10.5.9.0/24", "vgw", State.FOREIGN),
                route("10.5.2.0/24", "stopped", State.DEAD));
        assertThat(Stream.of(plan.former(), plan.dead(), plan.strange(), plan.overriding()))
                .as("other sizes, the cloud's own, and a peer that is off but has its lease")
                .allMatch(List::isEmpty);
    }

    @Test
    void deletesNothingBeforeAllLeasesAreKnown() {
        CloudPlan plan = plan(false, route("10.5.7.0/24", "me"), route("10.5.8.0/24", "gone", State.DEAD));
        assertThat(Stream.of(plan.former(), plan.dead(), plan.strange())).allMatch(List::isEmpty);
        assertThat(plan.create()).hasSize(1);
    }

    @Test
    void noticesARouteThatWins() {
        assertThat(plan(true, route("10.5.1.0/24", "me"), route("10.5.1.128/25", "other"))
                        .overriding())
                .hasSize(1);
        CloudPlan beside = plan(true, route("10.5.1.0/24", "me"), route("10.5.1.0/24", "vpn", State.FOREIGN));
        assertThat(beside.overriding()).hasSize(1);
        assertThat(beside.isFulfilled()).isTrue();
    }

    @Test
    void onlyTakesBackWhatIsItsOwnOnceItIsWithdrawn() {
        List<CloudRoute> routes = List.of(route("10.5.1.0/24", "me"), route("10.5.2.0/24", "peer"));
        CloudPlan plan = CloudPlan.of(wanted(true), List.of(new CloudTable("rtb-1", routes, 2, 50)), List.of(), false);
        assertThat(plan.isFulfilled()).isTrue();
        assertThat(plan.former()).extracting(CloudRoute::words).containsExactly("10.5.1.0/24 in rtb-1");
    }

    @Test
    void theLowestNodeCleansUp() {
        assertThat(new OtherNodes(PEERS, true).elect(List.of(OWN))).isTrue();
        assertThat(new OtherNodes(PEERS, true).elect(List.of(Cidr.parse("10.5.4.0/24"))))
                .isFalse();
        assertThat(new OtherNodes(PEERS, false).elect(List.of(OWN))).isFalse();
    }
}

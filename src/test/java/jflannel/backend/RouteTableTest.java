package jflannel.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.Address;
import jflannel.kernel.FibRoute;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Ownership;
import jflannel.kernel.Route;
import jflannel.kernel.RoutingRule;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.lease.NetworkConfig;
import org.junit.jupiter.api.Test;

class RouteTableTest {
    private static final NetworkConfig CONFIG = NetworkConfig.parse(
            "the test",
            "{\"Network\":\"10.5.0.0/16\",\"EnableIPv6\":true,\"IPv6Network\":\"fd05::/48\",\"Backend\":{\"Type\":\"vxlan\"}}");
    private static final Lease OWN = new Lease(
            List.of(Cidr.parse("10.5.1.0/24"), Cidr.parse("fd05:0:0:1::/64")),
            new Announcement(Map.of(Family.IPV4, Ip.parse("192.0.2.1")), "", Map.of()));
    private static final Route PEER = Route.via(Cidr.parse("10.5.2.0/24"), Ip.parse("10.5.2.0"), 4, true);
    private static final Address ADDRESS = new Address(4, Ip.parse("10.5.1.0"), 32);

    private static final RouteTable TABLE = new RouteTable(300, Set.of());

    private static List<String> words(List<KernelObject> objects) {
        return objects.stream().map(KernelObject::toString).sorted().toList();
    }

    private static boolean owns(RouteTable table, KernelObject object) {
        return table.ownership(Ownership.ofRoutes(_ -> false), CONFIG).claims().test(object);
    }

    @Test
    void routesGoToTheTableAndNothingElseDoes() {
        assertThat(words(TABLE.place(List.of(PEER, ADDRESS))))
                .containsExactly("address 10.5.1.0/32 dev 4", "route 10.5.2.0/24 via 10.5.2.0 dev 4 onlink table 300");
    }

    @Test
    void rulesLeadThereAndOwnPodsAreLeftToTheMainTable() {
        assertThat(words(TABLE.base(CONFIG, OWN)))
                .containsExactly(
                        "route throw 10.5.1.0/24 table 300",
                        "route throw fd05:0:0:1::/64 table 300",
                        "rule to 10.5.0.0/16 lookup 300 priority 5000",
                        "rule to fd05::/48 lookup 300 priority 5000");
    }

    @Test
    void aBackendWithoutRoutesHasNoRules() {
        NetworkConfig alloc =
                NetworkConfig.parse("the test", "{\"Network\":\"10.5.0.0/16\",\"Backend\":{\"Type\":\"alloc\"}}");
        assertThat(TABLE.base(alloc, OWN)).isEmpty();
    }

    @Test
    void theMainTableNeedsNoRule() {
        assertThat(RouteTable.MAIN.place(List.of(PEER))).containsExactly(PEER);
        assertThat(RouteTable.MAIN.base(CONFIG, OWN)).isEmpty();
    }

    @Test
    void theRouteToAGatewayStaysWhereTheKernelLooksForIt() {
        Route gateway = Route.through(Cidr.parse("fd05:0:0:2::/128"), 4);
        assertThat(TABLE.place(List.of(gateway))).containsExactly(gateway);
    }

    @Test
    void whatAnEarlierRunLeftInTablesIsOwn() {
        RouteTable now = new RouteTable(FibRoute.MAIN, Set.of(300));
        assertThat(now.ownership(Ownership.NONE, CONFIG).tables()).contains(300);
        assertThat(owns(now, PEER.inTable(300))).isTrue();
        assertThat(owns(now, RoutingRule.to(Cidr.parse("fd05::/48"), 300, 5000)))
                .isTrue();
    }

    @Test
    void whatOthersAndOtherNetworksHaveInTablesIsNot() {
        assertThat(owns(TABLE, Route.skipping(Cidr.parse("10.6.1.0/24"), 300))).isFalse();
        assertThat(owns(TABLE, RoutingRule.to(Cidr.parse("10.6.0.0/16"), 300, 5000)))
                .isFalse();
        assertThat(owns(TABLE, new RoutingRule(Cidr.parse("10.5.0.0/16"), 300, 5000, Route.BOOT)))
                .isFalse();
    }
}

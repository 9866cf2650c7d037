package jflannel.cloud.gce;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.auth.oauth2.AccessToken;
import com.google.auth.oauth2.GoogleCredentials;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.stream.IntStream;
import jflannel.cloud.Clock;
import jflannel.cloud.CloudNode;
import jflannel.cloud.DesiredCloudRoutes;
import jflannel.cloud.DesiredCloudRoutes.Place;
import jflannel.cloud.OtherNodes;
import jflannel.cloud.http.CloudHttp;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.lab.cloud.GceStandIn;
import jflannel.lab.cloud.Machine;
import jflannel.lease.NetworkConfig;
import jflannel.status.Condition;
import jflannel.testing.OwnNetns;
import jflannel.testing.Sh;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Nodes against a project that is stood in for, in a time that the tests turn.
@ExtendWith(OwnNetns.class)
class GceRoutesIT {
    private static final String OWN = "flannel-10-5-1-0-24";

    private final Clock clock = new Clock();
    private GceStandIn cloud;

    @BeforeEach
    void start() throws Exception {
        Sh.sh("ip link set lo up");
        cloud = new GceStandIn(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), clock, (_, _) -> {});
        cloud.add(machine(1));
    }

    @AfterEach
    void stop() {
        cloud.close();
    }

    private static Machine machine(int number) {
        return new Machine(
                number,
                "42:01:00:00:%02x:%02x".formatted(number >> 8, number & 255),
                Map.of(Family.IPV4, Ip.parse("10.128.%d.%d".formatted(number >> 8, number & 255))));
    }

    private static Cidr subnet(int node) {
        return Cidr.parse("10.5.%d.0/24".formatted(node));
    }

    private DesiredCloudRoutes wanted(int node, String options) {
        Machine machine = machine(node);
        NetworkConfig network = NetworkConfig.parse(
                "/config", "{\"Network\":\"10.5.0.0/16\",\"Backend\":{\"Type\":\"gce\"" + options + "}}");
        Place place = new Place(
                Optional.of(Mac.parse(machine.mac())), machine.addresses().get(Family.IPV4));
        return new DesiredCloudRoutes(
                network, Set.of(subnet(node)), Map.of(Family.IPV4, place), Optional.of(cloud.url()), false);
    }

    private static GoogleCredentials credentials(String token) {
        return GoogleCredentials.create(
                new AccessToken(token, Date.from(Instant.now().plusSeconds(3600))));
    }

    private CloudNode node(DesiredCloudRoutes wanted, int number, GceProvider.Source credentials) {
        CloudNode node = new CloudNode(
                wanted, clock, number, now -> GceProvider.open(now, cloud.url() + "/machine-" + number, credentials));
        node.others(new OtherNodes(List.of(), true));
        return node;
    }

    private CloudNode node(DesiredCloudRoutes wanted, int number) {
        return node(wanted, number, () -> credentials(GceStandIn.TOKEN));
    }

    @Test
    void aNodeInsertsItsRouteByItsNameAndWaitsForIt() {
        try (CloudNode node = node(wanted(1, ""), 1)) {
            clock.pass(node.look());
            assertThat(node.board().findings()).isEmpty();
            assertThat(cloud.routes()).containsEntry(OWN, 1);
            assertThat(cloud.calls().get("compute.globalOperations.get")).isEqualTo(2);
            cloud.forgetCalls();
            int periods = 30;
            for (int i = 0; i < periods; i++) {
                clock.pass(node.look());
            }
            assertThat(cloud.calls().values().stream()
                            .mapToInt(Integer::intValue)
                            .sum())
                    .as("one call for each period")
                    .isEqualTo(periods);
        }
    }

    @Test
    void mendsWhatSomebodyDeletesOrTurnsElsewhere() {
        cloud.add(machine(2));
        try (CloudNode node = node(wanted(1, ""), 1)) {
            clock.pass(node.look());
            cloud.delete(subnet(1));
            clock.pass(node.look());
            assertThat(cloud.routes()).containsEntry(OWN, 1);
            cloud.put(OWN, subnet(1), 2);
            clock.pass(node.look());
            assertThat(cloud.routes()).containsEntry(OWN, 1);
            assertThat(node.board().findings()).isEmpty();
        }
    }

    @Test
    void aRouteOfAnotherNameIsSomebodyElses() {
        cloud.put("by-hand", subnet(1), 9);
        try (CloudNode node = node(wanted(1, ",\"DeleteStale\":true"), 1)) {
            clock.pass(node.look());
            clock.pass(node.look());
            assertThat(cloud.routes()).containsEntry(OWN, 1).containsEntry("by-hand", 9);
            assertThat(node.conditions()).containsExactly(Condition.CLOUD_ROUTE_OVERRIDDEN);
        }
    }

    @Test
    void findsItsRouteOnAnyPage() {
        IntStream.range(0, 220).forEach(i -> cloud.put("a-route-" + i, Cidr.parse("172.16." + i + ".0/24"), 0));
        try (CloudNode node = node(wanted(1, ""), 1)) {
            clock.pass(node.look());
            clock.pass(node.look());
            assertThat(cloud.calls()).containsEntry("compute.routes.create", 1).containsEntry("compute.routes.list", 6);
            assertThat(node.conditions()).as("223 of 250 routes").isEmpty();
        }
        cloud.limit(230);
        try (CloudNode node = node(wanted(1, ""), 1)) {
            node.look();
            assertThat(node.conditions()).containsExactly(Condition.CLOUD_QUOTA);
        }
        cloud.delete(subnet(1));
        cloud.limit(221);
        try (CloudNode node = node(wanted(1, ""), 1)) {
            node.look();
            assertThat(node.conditions()).containsExactly(Condition.CLOUD_ROUTE_MISSING, Condition.CLOUD_QUOTA);
        }
    }

    @Test
    void saysWhatTheInstanceOrItsAccountLacks() {
        cloud.forbidForwarding(1);
        try (CloudNode node = node(wanted(1, ""), 1)) {
            node.look();
            assertThat(node.detail(Condition.CLOUD_FAILING)).contains("vm-1", "canIpForward", "--can-ip-forward");
        }
        try (CloudNode node = node(wanted(1, ""), 1, () -> credentials("stolen"))) {
            node.look();
            assertThat(node.conditions()).containsExactly(Condition.CLOUD_ROUTE_MISSING, Condition.CLOUD_CREDENTIALS);
        }
        try (CloudNode node = node(wanted(1, ""), 1, () -> {
            throw new IOException("none");
        })) {
            node.look();
            assertThat(node.conditions()).containsExactly(Condition.CLOUD_ROUTE_MISSING, Condition.CLOUD_CREDENTIALS);
        }
    }

    @Test
    void namesThePermissionThatIsMissing() {
        cloud.faults().forbid("compute.routes.create");
        cloud.faults().forbid("compute.instances.get");
        cloud.faults().forbid("compute.projects.get");
        try (CloudNode node = node(wanted(1, ""), 1)) {
            clock.pass(node.look());
            assertThat(node.detail(Condition.CLOUD_PERMISSION)).contains("may not compute.routes.create");
            cloud.faults().permit("compute.routes.create");
            clock.pass(node.look());
            assertThat(cloud.routes()).containsEntry(OWN, 1);
            assertThat(node.detail(Condition.CLOUD_PERMISSION)).contains("may not compute.instances.get");
        }
    }

    @Test
    void survivesHalfFailuresAndThrottling() {
        cloud.faults().failAfterwards("compute.routes.create", 1);
        cloud.faults().throttle("compute.routes.list", 3);
        try (CloudNode node = node(wanted(1, ""), 1)) {
            List<Long> pauses = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                Duration pause = node.look();
                assertThat(node.conditions()).contains(Condition.CLOUD_THROTTLED);
                pauses.add(pause.toMillis());
                clock.pass(pause);
            }
            assertThat(pauses.get(2)).isGreaterThan(pauses.get(0));
            clock.pass(node.look());
            assertThat(node.conditions()).contains(Condition.CLOUD_FAILING);
            clock.pass(node.look());
            assertThat(node.conditions()).isEmpty();
            assertThat(cloud.routes()).containsEntry(OWN, 1);
        }
    }

    @Test
    void copesWithListsThatShowThePast() {
        cloud.add(machine(2));
        cloud.faults().lag(1);
        try (CloudNode node = node(wanted(1, ""), 1)) {
            for (int i = 0; i < 2; i++) {
                clock.pass(node.look());
                assertThat(node.conditions()).isEmpty();
                assertThat(cloud.routes()).containsEntry(OWN, 1);
            }
            assertThat(cloud.calls()).as("its own stays").doesNotContainKey("compute.routes.delete");
            cloud.put(OWN, subnet(1), 2);
            clock.pass(node.look());
            assertThat(node.conditions()).isEmpty();
            assertThat(cloud.routes()).containsEntry(OWN, 1);
        }
    }

    @Test
    void oneNodeDeletesWhatFlannelLeftAndNothingElse() {
        cloud.add(machine(2));
        cloud.add(machine(3));
        cloud.put("flannel-10-5-3-0-24", subnet(3), 3);
        cloud.put("flannel-10-5-8-0-24", subnet(8), 8);
        cloud.put("by-hand", subnet(4), 3);
        try (CloudNode plain = node(wanted(1, ""), 1);
                CloudNode first = node(wanted(1, ",\"DeleteStale\":true"), 1);
                CloudNode second = node(wanted(2, ",\"DeleteStale\":true"), 2)) {
            second.others(new OtherNodes(List.of(subnet(1)), true));
            plain.others(new OtherNodes(List.of(subnet(2)), true));
            first.others(new OtherNodes(List.of(subnet(2)), true));
            second.look();
            clock.pass(Duration.ofMinutes(6));
            second.look();
            assertThat(cloud.routes()).containsKeys("flannel-10-5-3-0-24", "flannel-10-5-8-0-24");
            plain.look();
            clock.pass(Duration.ofMinutes(6));
            plain.look();
            assertThat(cloud.routes()).containsKey("flannel-10-5-3-0-24").doesNotContainKey("flannel-10-5-8-0-24");
            first.look();
            clock.pass(Duration.ofMinutes(6));
            first.look();
            assertThat(cloud.routes())
                    .doesNotContainKey("flannel-10-5-3-0-24")
                    .containsKeys("by-hand", OWN, "flannel-10-5-2-0-24");
        }
    }

    @Test
    void aSharedNetworkHasItsRoutesInTheHostProjectAndTheyLeadToAddresses() {
        cloud.share();
        try (CloudNode node = node(wanted(1, ""), 1)) {
            clock.pass(node.look());
            assertThat(node.board().findings()).isEmpty();
            assertThat(cloud.routes()).containsEntry(OWN, 1);
            clock.pass(node.look());
            assertThat(cloud.calls()).containsEntry("compute.routes.create", 1);
        }
    }

    @Test
    void twoHundredNodesThatStartAtOnceStayBelowTheLimits() {
        int nodes = 200;
        List<Cidr> all =
                IntStream.rangeClosed(1, nodes).mapToObj(GceRoutesIT::subnet).toList();
        record Turn(long at, CloudNode node) {}
        PriorityQueue<Turn> turns = new PriorityQueue<>(Comparator.comparingLong(Turn::at));
        List<CloudNode> cluster = new ArrayList<>();
        CloudHttp http = new CloudHttp();
        for (int i = 1; i <= nodes; i++) {
            int number = i;
            cloud.add(machine(number));
            Instance own = new Instance(
                    GceStandIn.PROJECT, "lab-zone-a", "vm-" + number, GceStandIn.PROJECT, "lab-network", Map.of());
            CloudNode node = new CloudNode(
                    wanted(number, ""),
                    clock,
                    number,
                    now -> new GceRoutes(now, own, new Compute(http, now.endpoint(), credentials(GceStandIn.TOKEN))));
            node.others(new OtherNodes(
                    all.stream().filter(it -> !it.equals(subnet(number))).toList(), true));
            cluster.add(node);
            turns.add(new Turn(clock.getAsLong(), node));
        }
        while (turns.peek().at() < Duration.ofMinutes(3).toNanos()) {
            Turn turn = turns.poll();
            clock.reach(turn.at());
            turns.add(new Turn(clock.getAsLong() + turn.node().look().toNanos() + 1, turn.node()));
        }
        assertThat(cloud.throttled()).isZero();
        assertThat(cloud.routes()).hasSize(nodes + 1);
        assertThat(cloud.calls()).containsEntry("compute.routes.create", nodes);
        cluster.forEach(CloudNode::close);
    }
}

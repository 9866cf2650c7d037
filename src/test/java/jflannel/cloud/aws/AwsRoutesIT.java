package jflannel.cloud.aws;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
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
import jflannel.lab.cloud.AwsStandIn;
import jflannel.lab.cloud.Machine;
import jflannel.lease.NetworkConfig;
import jflannel.status.Condition;
import jflannel.testing.OwnNetns;
import jflannel.testing.Sh;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// Nodes against a VPC that is stood in for, in a time that the tests turn.
@ExtendWith(OwnNetns.class)
class AwsRoutesIT {
    private static final String ENDPOINT = "aws.ec2MetadataServiceEndpoint";

    private final Clock clock = new Clock();
    private AwsStandIn cloud;

    @TempDir
    private Path folder;

    @BeforeEach
    void start() throws Exception {
        Sh.sh("ip link set lo up");
        cloud = new AwsStandIn(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), clock, (_, _) -> {});
        // for the credentials and the region, which Amazon's library asks for
        System.setProperty(ENDPOINT, cloud.url() + "/machine-1");
        cloud.add(machine(1));
    }

    @AfterEach
    void stop() {
        System.clearProperty(ENDPOINT);
        cloud.close();
    }

    private static Machine machine(int number) {
        return new Machine(
                number,
                "02:00:00:00:%02x:%02x".formatted(number >> 8, number & 255),
                Map.of(
                        Family.IPV4,
                        Ip.parse("172.31.%d.%d".formatted(number >> 8, number & 255)),
                        Family.IPV6,
                        Ip.parse("fd00:31::" + number)));
    }

    private static Cidr subnet(int node) {
        return Cidr.parse("10.5.%d.0/24".formatted(node));
    }

    private DesiredCloudRoutes wanted(int node, String options, Cidr... subnets) {
        Machine machine = machine(node);
        NetworkConfig network = NetworkConfig.parse(
                "/config",
                "{\"Network\":\"10.5.0.0/16\",\"EnableIPv6\":true,\"IPv6Network\":\"fd00:5::/48\",\"Backend\":{\"Type\":\"aws-vpc\""
                        + options + "}}");
        Set<Cidr> own = subnets.length == 0 ? Set.of(subnet(node)) : Set.of(subnets);
        Place place = new Place(
                Optional.of(Mac.parse(machine.mac())), machine.addresses().get(Family.IPV4));
        return new DesiredCloudRoutes(network, own, Map.of(Family.IPV4, place), Optional.of(cloud.url() + "/"), false);
    }

    private CloudNode node(DesiredCloudRoutes wanted, int number) {
        CloudNode node =
                new CloudNode(wanted, clock, number, now -> AwsProvider.open(now, cloud.url() + "/machine-" + number));
        node.others(new OtherNodes(List.of(), true));
        return node;
    }

    private String target(String table, Cidr subnet) {
        return cloud.routes(table).getOrDefault(subnet, "none");
    }

    @Test
    void aNodePutsItsRouteIntoTheMainTableAndLetsItsInterfaceCarryPods() {
        try (CloudNode node = node(wanted(1, ""), 1)) {
            node.look();
            assertThat(node.board().findings()).isEmpty();
            assertThat(target(AwsStandIn.MAIN, subnet(1))).isEqualTo("eni-0001");
            assertThat(cloud.isChecked(1)).isFalse();
            assertThat(node.board().status().cloudRoute()).hasValueSatisfying(state -> {
                assertThat(state.inPlace()).isTrue();
                assertThat(state.node()).isEqualTo("eni-0001");
            });
        }
    }

    @Test
    void atRestOneCallIsMadeForEachPeriod() {
        try (CloudNode node = node(wanted(1, ""), 1)) {
            clock.pass(node.look());
            clock.pass(node.look());
            cloud.forgetCalls();
            int periods = 30;
            for (int i = 0; i < periods; i++) {
                Duration rest = node.look();
                assertThat(rest).isBetween(Duration.ofSeconds(270), Duration.ofSeconds(330));
                clock.pass(rest);
            }
            assertThat(cloud.calls().values().stream()
                            .mapToInt(Integer::intValue)
                            .sum())
                    .isEqualTo(periods);
            assertThat(cloud.calls()).containsOnlyKeys("DescribeRouteTables", "DescribeNetworkInterfaces");
        }
    }

    @Test
    void mendsWhatSomebodyDeletesOrTurnsElsewhere() {
        try (CloudNode node = node(wanted(1, ""), 1)) {
            clock.pass(node.look());
            cloud.delete(AwsStandIn.MAIN, subnet(1));
            clock.pass(node.look());
            assertThat(target(AwsStandIn.MAIN, subnet(1))).isEqualTo("eni-0001");
            assertThat(node.board().status().lastRepair()).isPresent();
            cloud.put(AwsStandIn.MAIN, subnet(1), "eni-0999");
            clock.pass(node.look());
            assertThat(target(AwsStandIn.MAIN, subnet(1))).isEqualTo("eni-0001");
            assertThat(node.board().findings()).isEmpty();
        }
    }

    @Test
    void theTableOfTheSubnetComesBeforeTheMainOneAndMayBeOnAnyPage() {
        IntStream.range(0, 150).forEach(number -> cloud.addTable("rtb-0" + number));
        cloud.addTable("rtb-0z");
        cloud.associate("rtb-0z");
        try (CloudNode node = node(wanted(1, ""), 1)) {
            node.look();
            assertThat(target("rtb-0z", subnet(1))).isEqualTo("eni-0001");
            assertThat(target(AwsStandIn.MAIN, subnet(1))).isEqualTo("none");
            assertThat(cloud.calls()).containsEntry("DescribeRouteTables", 2);
        }
    }

    @Test
    void namedTablesGetItAndNoOthersAndBothFamiliesDo() {
        cloud.addTable("rtb-0a");
        cloud.addTable("rtb-0b");
        Cidr v6 = Cidr.parse("fd00:5:0:1::/64");
        try (CloudNode node = node(wanted(1, ",\"RouteTableID\":[\"rtb-0a\",\"rtb-0b\"]", subnet(1), v6), 1)) {
            node.look();
            assertThat(List.of(target("rtb-0a", subnet(1)), target("rtb-0b", subnet(1)), target("rtb-0b", v6)))
                    .containsOnly("eni-0001");
            assertThat(target(AwsStandIn.MAIN, subnet(1))).isEqualTo("none");
        }
        try (CloudNode node = node(wanted(1, ",\"RouteTableID\":\"rtb-0none\""), 1)) {
            node.look();
            assertThat(node.conditions()).containsExactly(Condition.CLOUD_ROUTE_MISSING, Condition.CLOUD_FAILING);
            assertThat(node.detail(Condition.CLOUD_FAILING)).contains("rtb-0none", "does not exist");
        }
    }

    @Test
    void whatIsForbiddenIsNamed() {
        cloud.faults().forbid("CreateRoute");
        cloud.faults().forbid("ModifyNetworkInterfaceAttribute");
        try (CloudNode node = node(wanted(1, ""), 1)) {
            Duration pause = node.look();
            assertThat(node.conditions()).containsExactly(Condition.CLOUD_ROUTE_MISSING, Condition.CLOUD_PERMISSION);
            assertThat(node.detail(Condition.CLOUD_PERMISSION))
                    .isEqualTo("the credentials do not permit ec2:CreateRoute on " + AwsStandIn.MAIN);
            assertThat(node.detail(Condition.CLOUD_ROUTE_MISSING)).contains("10.5.1.0/24 in " + AwsStandIn.MAIN);
            cloud.faults().permit("CreateRoute");
            clock.pass(pause);
            clock.pass(node.look());
            assertThat(node.conditions()).containsExactly(Condition.CLOUD_PERMISSION);
            assertThat(node.detail(Condition.CLOUD_PERMISSION))
                    .contains("ec2:ModifyNetworkInterfaceAttribute on eni-0001");
            cloud.faults().permit("ModifyNetworkInterfaceAttribute");
            node.look();
            assertThat(node.conditions()).isEmpty();
        }
    }

    @Test
    void retriesEverMoreSlowlyWhileItIsThrottled() {
        cloud.faults().throttle("DescribeRouteTables", 6);
        try (CloudNode node = node(wanted(1, ""), 1)) {
            List<Long> pauses = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                Duration pause = node.look();
                assertThat(node.conditions()).contains(Condition.CLOUD_THROTTLED);
                node.look();
                pauses.add(pause.toMillis());
                clock.pass(pause);
            }
            assertThat(cloud.calls()).as("no call before its time").containsEntry("DescribeRouteTables", 6);
            assertThat(pauses.getLast()).isGreaterThan(pauses.getFirst() * 8);
            node.look();
            assertThat(node.conditions()).isEmpty();
        }
    }

    @Test
    void aHalfFailureIsNoFailure() {
        cloud.faults().failAfterwards("CreateRoute", 1);
        try (CloudNode node = node(wanted(1, ""), 1)) {
            clock.pass(node.look());
            assertThat(node.conditions()).contains(Condition.CLOUD_FAILING);
            node.look();
            assertThat(node.conditions()).isEmpty();
            assertThat(cloud.calls()).containsEntry("CreateRoute", 1);
        }
    }

    @Test
    void copesWithReadsThatShowThePast() {
        cloud.faults().lag(Duration.ofMinutes(10).toNanos());
        try (CloudNode node = node(wanted(1, ""), 1)) {
            for (int i = 0; i < 4; i++) {
                clock.pass(node.look());
                assertThat(node.conditions()).isEmpty();
                assertThat(target(AwsStandIn.MAIN, subnet(1))).isEqualTo("eni-0001");
            }
            assertThat(cloud.calls()).containsKey("ReplaceRoute");
        }
    }

    @Test
    void warnsBeforeTheTableIsFullAndMakesRoomFromRoutesToNowhere() {
        try (CloudNode node = node(wanted(1, ",\"RouteQuota\":20"), 1)) {
            node.others(new OtherNodes(
                    IntStream.rangeClosed(2, 30).mapToObj(AwsRoutesIT::subnet).toList(), true));
            for (int i = 0; i < 3; i++) {
                clock.pass(node.look());
            }
            assertThat(node.conditions()).containsExactly(Condition.CLOUD_QUOTA);
            assertThat(node.detail(Condition.CLOUD_QUOTA)).contains("2 routes of at most 20", "29 nodes");
        }
        cloud.delete(AwsStandIn.MAIN, subnet(1));
        cloud.limit(2);
        cloud.put(AwsStandIn.MAIN, subnet(77), "eni-0077");
        try (CloudNode node = node(wanted(1, ""), 1)) {
            node.look();
            assertThat(cloud.routes(AwsStandIn.MAIN)).containsKey(subnet(1)).doesNotContainKey(subnet(77));
        }
        cloud.limit(1);
        cloud.delete(AwsStandIn.MAIN, subnet(1));
        try (CloudNode node = node(wanted(1, ""), 1)) {
            node.look();
            assertThat(node.conditions()).containsExactly(Condition.CLOUD_ROUTE_MISSING, Condition.CLOUD_QUOTA);
        }
    }

    @Test
    void oneNodeDeletesWhatFlannelLeftAndNothingElse() {
        cloud.add(machine(2));
        cloud.add(machine(3));
        cloud.add(machine(4));
        try (CloudNode first = node(wanted(1, ",\"DeleteStale\":true"), 1);
                CloudNode second = node(wanted(2, ",\"DeleteStale\":true"), 2);
                CloudNode third = node(wanted(3, ",\"DeleteStale\":true"), 3)) {
            for (CloudNode node : List.of(first, second, third)) {
                node.look();
            }
            // the third node's lease is gone; machine 4 never was flannel's
            cloud.put(AwsStandIn.MAIN, subnet(44), "eni-0004");
            cloud.put(AwsStandIn.MAIN, Cidr.parse("10.5.200.0/22"), "eni-0003");
            first.others(new OtherNodes(List.of(subnet(2)), true));
            second.others(new OtherNodes(List.of(subnet(1)), true));
            clock.pass(Duration.ofMinutes(6));
            second.look();
            first.look();
            assertThat(cloud.routes(AwsStandIn.MAIN)).as("seen once").containsKey(subnet(3));
            clock.pass(Duration.ofMinutes(6));
            second.look();
            assertThat(cloud.routes(AwsStandIn.MAIN)).as("not elected").containsKey(subnet(3));
            first.look();
            assertThat(cloud.routes(AwsStandIn.MAIN))
                    .doesNotContainKey(subnet(3))
                    .containsKeys(subnet(1), subnet(2), subnet(44), Cidr.parse("10.5.200.0/22"));
        }
    }

    @Test
    void aBackendThatIsReplacedTakesItsRouteAlong() {
        DesiredCloudRoutes wanted = wanted(1, "");
        try (CloudNode node = node(wanted, 1)) {
            node.look();
            cloud.put(AwsStandIn.MAIN, subnet(2), "eni-0001");
            node.want(new DesiredCloudRoutes(
                    wanted.network(), wanted.subnets(), wanted.places(), wanted.endpoint(), true));
            clock.pass(Duration.ofMinutes(6));
            node.look();
            assertThat(cloud.routes(AwsStandIn.MAIN))
                    .doesNotContainKey(subnet(1))
                    .containsKey(subnet(2));
            assertThat(node.board().status().cloudRoute()).isEmpty();
        }
    }

    @Test
    void theTokenOfAServiceAccountIsExchangedForKeysOnce() throws Exception {
        Path token = Files.writeString(folder.resolve("token"), AwsStandIn.WEB_TOKEN + "\n");
        Map<String, String> environment = Map.of(
                "AWS_ROLE_ARN", AwsStandIn.ROLE,
                "AWS_WEB_IDENTITY_TOKEN_FILE", token.toString(),
                "AWS_ENDPOINT_URL_STS", cloud.url());
        Ec2 ec2 = Ec2.of(new CloudHttp(), Optional.of(cloud.url()), environment);
        NetworkInterface own = new NetworkInterface("eni-0001", "subnet-1", "vpc-1");
        try (CloudNode node =
                new CloudNode(wanted(1, ""), clock, 1, now -> new AwsRoutes(now, Map.of(Family.IPV4, own), ec2))) {
            node.look();
            assertThat(target(AwsStandIn.MAIN, subnet(1))).isEqualTo("eni-0001");
            assertThat(cloud.calls()).containsEntry("AssumeRoleWithWebIdentity", 1);
        }
        Files.writeString(token, "another");
        Ec2 refused = Ec2.of(new CloudHttp(), Optional.of(cloud.url()), environment);
        try (CloudNode node =
                new CloudNode(wanted(1, ""), clock, 1, now -> new AwsRoutes(now, Map.of(Family.IPV4, own), refused))) {
            node.look();
            assertThat(node.detail(Condition.CLOUD_CREDENTIALS)).contains(AwsStandIn.ROLE, "HTTP status 400");
        }
    }

    @Test
    void twoHundredNodesThatStartAtOnceStayBelowTheLimits() throws Exception {
        int nodes = 200;
        List<Cidr> all =
                IntStream.rangeClosed(1, nodes).mapToObj(AwsRoutesIT::subnet).toList();
        record Turn(long at, CloudNode node) {}
        PriorityQueue<Turn> turns = new PriorityQueue<>(Comparator.comparingLong(Turn::at));
        List<CloudNode> cluster = new ArrayList<>();
        Ec2 ec2 = Ec2.of(new CloudHttp(), Optional.of(cloud.url())); // one for all: its start is what takes long
        for (int i = 1; i <= nodes; i++) {
            int number = i;
            cloud.add(machine(number));
            NetworkInterface own = new NetworkInterface("eni-%04d".formatted(number), "subnet-1", "vpc-1");
            CloudNode node = new CloudNode(
                    wanted(number, ",\"RouteQuota\":1000"),
                    clock,
                    number,
                    now -> new AwsRoutes(now, Map.of(Family.IPV4, own), ec2));
            node.others(new OtherNodes(
                    all.stream().filter(it -> !it.equals(subnet(number))).toList(), true));
            cluster.add(node);
            turns.add(new Turn(clock.getAsLong(), node));
        }
        long end = Duration.ofMinutes(3).toNanos();
        while (turns.peek().at() < end) {
            Turn turn = turns.poll();
            clock.reach(turn.at());
            turns.add(new Turn(clock.getAsLong() + turn.node().look().toNanos() + 1, turn.node()));
        }
        assertThat(cloud.throttled()).isZero();
        assertThat(cloud.routes(AwsStandIn.MAIN)).hasSize(nodes + 1);
        assertThat(cluster).allMatch(node -> node.conditions().isEmpty());
        assertThat(cloud.calls())
                .containsEntry("CreateRoute", nodes)
                .containsEntry("ModifyNetworkInterfaceAttribute", nodes)
                .containsEntry("DescribeNetworkInterfaces", nodes);
        assertThat(cloud.calls().get("DescribeRouteTables")).isLessThanOrEqualTo(nodes * 3);
        cluster.forEach(CloudNode::close);
    }
}

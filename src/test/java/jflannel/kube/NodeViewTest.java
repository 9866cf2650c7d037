package jflannel.kube;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import jflannel.ip.Cidr;
import jflannel.lease.Lease;
import jflannel.lease.LeaseEvent;
import jflannel.lease.NetworkConfig;
import jflannel.lease.Peers;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.testing.Believed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NodeViewTest {
    private static final NetworkConfig NETWORK = NetworkConfig.withGivenSubnets(
            "net-conf.json",
            "{\"Network\":\"10.5.0.0/16\",\"EnableIPv6\":true,\"IPv6Network\":\"fd00:5::/48\",\"Backend\":{\"Type\":\"host-gw\"}}");

    private static final Lease OWN = Annotations.lease(node("own", 100, "192.0.2.100"), NETWORK);

    private final Board board = new Board();
    private final NodeView view = view(board);

    private static NodeView view(Board board) {
        return new NodeView(NETWORK, "own", OWN, board);
    }

    private static NodeRecord node(String name, int subnet, String publicIp) {
        return AnnotationsTest.node(
                name,
                List.of("10.5." + subnet + ".0/24", "fd00:5:0:" + subnet + "::/64"),
                Map.of(
                        Annotations.MANAGED,
                        "true",
                        Annotations.BACKEND_TYPE,
                        "host-gw",
                        "public-ip",
                        publicIp,
                        "public-ipv6",
                        "2001:db8::" + subnet));
    }

    private static NodeRecord with(NodeRecord node, String annotation, String value) {
        Map<String, String> annotations = new HashMap<>(node.annotations());
        annotations.put(annotation, value);
        return new NodeRecord(
                node.name(), "2", node.created(), node.podCidrs(), annotations, node.networkUnavailable());
    }

    private static String words(List<LeaseEvent> events) {
        return events.stream()
                .map(event -> switch (event) {
                    case LeaseEvent.Put(Lease lease) ->
                        "+" + lease.cidrs().getFirst() + "@"
                                + lease.subnets().getFirst().publicIp();
                    case LeaseEvent.Removed(Lease lease) -> "-" + lease.cidrs().getFirst();
                    default -> event.toString();
                })
                .collect(Collectors.joining(" "));
    }

    @Test
    void listsTheManagedNodesButThisOne() {
        NodeRecord stranger = AnnotationsTest.node("x", List.of("10.5.9.0/24"), Map.of("public-ip", "192.0.2.9"));
        NodeRecord broken = with(node("b", 3, "192.0.2.3"), "public-ip", "nonsense");
        LeaseEvent.Resync all =
                view.reset(List.of(node("own", 1, "192.0.2.1"), node("a", 2, "192.0.2.2"), stranger, broken));
        assertThat(all.all()).extracting(lease -> lease.cidrs().getFirst()).containsExactly(Cidr.parse("10.5.2.0/24"));
    }

    @Test
    void aChangeOfEitherFamilyCounts() {
        NodeRecord node = node("a", 2, "192.0.2.2");
        view.reset(List.of(node));
        assertThat(words(view.put(with(node, "public-ip", "192.0.2.22")))).isEqualTo("+10.5.2.0/24@192.0.2.22");
        assertThat(view.put(with(with(node, "public-ip", "192.0.2.22"), "public-ipv6", "2001:db8::22")))
                .hasSize(1);
        assertThat(view.put(with(with(node, "public-ip", "192.0.2.22"), "public-ipv6", "2001:db8::22")))
                .isEmpty();
    }

    @Test
    void anAnnotationThatIsRemovedAndAnotherPodCidrCount() {
        NodeRecord node = node("a", 2, "192.0.2.2");
        view.reset(List.of(node));
        assertThat(words(view.put(with(node, Annotations.MANAGED, "false")))).isEqualTo("-10.5.2.0/24");
        assertThat(words(view.put(node))).isEqualTo("+10.5.2.0/24@192.0.2.2");
        assertThat(words(view.put(node("a", 7, "192.0.2.2")))).isEqualTo("-10.5.2.0/24 +10.5.7.0/24@192.0.2.2");
        assertThat(words(view.remove("a"))).isEqualTo("-10.5.7.0/24");
        assertThat(view.remove("a")).isEmpty();
    }

    @Test
    void ofTwoNodesWithOneSubnetTheOlderCounts() {
        NodeRecord old = node("old", 2, "192.0.2.2");
        NodeRecord young = node("young", 2, "192.0.2.3");
        young = new NodeRecord(
                "young", "1", "2027-01-01T00:00:00Z", young.podCidrs(), young.annotations(), Optional.empty());
        view.reset(List.of(young, old));
        assertThat(view.put(with(young, "public-ip", "192.0.2.33"))).isEmpty();
        assertThat(words(view.remove("old"))).isEqualTo("+10.5.2.0/24@192.0.2.33");
        assertThat(words(view.put(old))).isEqualTo("+10.5.2.0/24@192.0.2.2");
    }

    /// As etcd's leases are judged.
    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, 10.5.2.0/24",
        "224.0.0.9, 10.5.2.0/24",
        "255.255.255.255, 10.5.2.0/24",
        "192.0.2.100, 10.5.2.0/24",
        "10.5.2.7, 10.5.2.0/24",
        "10.5.100.7, 10.5.2.0/24",
        "192.0.2.2, 10.5.100.0/25",
        "192.0.2.2, 10.5.0.0/17",
        "192.0.2.2, 10.6.2.0/24"
    })
    void leavesOutAndShowsWhatNoNodeCanHave(String publicIp, String podCidr) {
        NodeRecord odd = node("odd", 2, publicIp);
        odd = new NodeRecord(
                "odd", "1", odd.created(), List.of(podCidr, "fd00:5:0:2::/64"), odd.annotations(), Optional.empty());
        assertThat(view.reset(List.of(node("a", 3, "192.0.2.3"), odd)).all()).hasSize(1);
        assertThat(board.findings()).singleElement().satisfies(finding -> {
            assertThat(finding.condition()).isEqualTo(Condition.LEASES_IGNORED);
            assertThat(finding.detail()).startsWith("the node \"odd\" is left out: ");
        });
        view.remove("odd");
        assertThat(board.findings()).isEmpty();
    }

    @Test
    void judgesAllAgainWhenThisNodeMoves() {
        view.reset(List.of(node("a", 7, "192.0.2.7"), node("b", 8, "192.0.2.8")));
        assertThat(view.own(Annotations.lease(node("own", 7, "192.0.2.100"), NETWORK))
                        .all())
                .as("its podCIDR is this node's now")
                .hasSize(1);
        assertThat(view.own(OWN).all()).hasSize(2);
    }

    @Test
    void followsARandomWalkAsAFreshViewWouldSeeIt() {
        Random random = new Random(11);
        Map<String, NodeRecord> truth = new HashMap<>();
        view.reset(List.of());
        Peers peers = Believed.NOBODY;
        for (int step = 0; step < 5_000; step++) {
            String name = "n" + random.nextInt(8);
            List<LeaseEvent> events;
            if (random.nextInt(4) == 0) {
                truth.remove(name);
                events = view.remove(name);
            } else {
                NodeRecord node = node(name, 1 + random.nextInt(6), "192.0.2." + (1 + random.nextInt(4)));
                if (random.nextInt(5) == 0) {
                    node = with(node, "public-ip", "broken");
                }
                truth.put(name, node);
                events = view.put(node);
            }
            for (LeaseEvent event : events) {
                peers = Believed.after(peers, event);
            }
            Set<Lease> fresh = view(new Board()).reset(truth.values()).all();
            assertThat(new HashSet<>(peers.leases())).as("step " + step).isEqualTo(fresh);
        }
    }
}

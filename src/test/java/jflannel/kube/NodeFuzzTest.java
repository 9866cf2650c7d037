package jflannel.kube;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.json.JsonStream;
import jflannel.kubeapi.Resource;
import jflannel.kubeapi.Resource.Event;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.lease.LeaseEvent;
import jflannel.lease.NetworkConfig;
import jflannel.lease.Peers;
import jflannel.status.Board;
import jflannel.testing.Believed;

/// What an API server sends, or anything else that answers in its place, is read or ends in an [IOException]; and what
/// stands in a node's object never harms more than that node.
class NodeFuzzTest {
    private static final NetworkConfig NETWORK = NetworkConfig.withGivenSubnets("here", """
            {"Network":"10.5.0.0/16","EnableIPv6":true,"IPv6Network":"fd00:5::/48"}""");
    private static final Resource<NodeRecord> NODES = NodeForm.nodes(AnnotationPrefix.of("a.b"));

    private interface Reading {
        void read(JsonStream json) throws IOException;
    }

    /// An answer to any of the requests.
    @FuzzTest
    void answer(byte[] data) {
        List<NodeRecord> nodes = new ArrayList<>();
        attempt(data, json -> nodes.add(NODES.object(json)));
        attempt(data, json -> assertThat(NODES.list(json, nodes::add)).isNotEmpty());
        attempt(data, json -> assertThat(PodForm.pods("x").object(json)).isNotNull());
        assertThat(listed(nodes)).hasSizeLessThanOrEqualTo(nodes.size());
    }

    /// The events of a watch, as they arrive. A list of the nodes as they are in the end must say the same.
    @FuzzTest
    void watch(byte[] data) {
        Map<String, NodeRecord> nodes = new HashMap<>();
        NodeView view = view();
        Peers[] peers = {Believed.NOBODY};
        attempt(data, json -> {
            while (!json.isAtEnd()) {
                Event<NodeRecord> event = NODES.event(json);
                NodeRecord node = event.object();
                boolean gone = event.type().equals("DELETED");
                for (LeaseEvent change : gone ? view.remove(node.name()) : view.put(node)) {
                    peers[0] = Believed.after(peers[0], change);
                }
                if (gone) {
                    nodes.remove(node.name());
                } else {
                    nodes.put(node.name(), node);
                }
            }
        });
        assertThat(peers[0].leases()).containsExactlyInAnyOrderElementsOf(listed(nodes.values()));
    }

    private static NodeView view() {
        Lease own = new Lease(
                List.of(Cidr.parse("10.5.1.0/24")),
                new Announcement(Map.of(Family.IPV4, Ip.parse("192.0.2.1")), "vxlan", Map.of()));
        return new NodeView(NETWORK, "own", own, new Board());
    }

    private static Set<Lease> listed(Collection<NodeRecord> nodes) {
        return view().reset(nodes).all();
    }

    private static void attempt(byte[] data, Reading reading) {
        try {
            reading.read(new JsonStream(new ByteArrayInputStream(data)));
        } catch (IOException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }
}

package jflannel.kube;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import jflannel.json.JsonStream;
import jflannel.kube.NodeRecord.Condition;
import jflannel.kubeapi.Resource;
import jflannel.kubeapi.Resource.Event;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NodeFormTest {
    private static final String NODE = """
            {"kind":"Node","apiVersion":"v1","metadata":{"name":"n1","uid":"u","resourceVersion":"17",
             "creationTimestamp":"2026-01-31T12:00:00Z","labels":{"name":"not this"},
             "annotations":{"kubeadm.alpha.kubernetes.io/cri-socket":"/run/x","a.b/backend-type":"vxlan"},
             "managedFields":[{"fieldsV1":{"f:metadata":{"f:name":{}}}}]},
             "spec":{"podCIDR":"10.5.1.0/24","podCIDRs":["10.5.1.0/24","fd00:5:1::/64"],"taints":[{"key":"k"}]},
             "status":{"addresses":[{"type":"InternalIP","address":"192.0.2.1"}],
              "conditions":[{"type":"Ready","status":"True"},{"type":"NetworkUnavailable","status":"False",
               "lastHeartbeatTime":"2026-01-31T12:00:00Z","reason":"FlannelIsUp","message":"m"}],
              "images":[{"names":["a","b"],"sizeBytes":123456789}]}}
            """;

    private final Resource<NodeRecord> nodes = NodeForm.nodes(AnnotationPrefix.of("a.b"));

    private static JsonStream stream(String text) {
        return new JsonStream(new ByteArrayInputStream(text.getBytes(UTF_8)));
    }

    @Test
    void keepsOfANodeWhatIsNeeded() throws IOException {
        NodeRecord node = nodes.object(stream(NODE));
        assertThat(node.name()).isEqualTo("n1");
        assertThat(node.version()).isEqualTo("17");
        assertThat(node.created()).isEqualTo("2026-01-31T12:00:00Z");
        assertThat(node.podCidrs()).containsExactly("10.5.1.0/24", "fd00:5:1::/64");
        assertThat(node.annotations()).isEqualTo(Map.of("backend-type", "vxlan"));
        assertThat(node.networkUnavailable()).contains(new Condition("False", "FlannelIsUp", "m"));
    }

    @Test
    void takesPodCidrWhereThereIsNoList() throws IOException {
        assertThat(nodes.object(stream("{\"spec\":{\"podCIDR\":\"10.5.1.0/24\"}}"))
                        .podCidrs())
                .containsExactly("10.5.1.0/24");
    }

    @Test
    void readsAListWhateverTheOrderOfItsFields() throws IOException {
        List<NodeRecord> all = new ArrayList<>();
        String list = "{\"items\":[%s,%s],\"metadata\":{\"remainingItemCount\":null,\"resourceVersion\":\"9\"}}"
                .formatted(NODE, NODE.replace("n1", "n2"));
        assertThat(nodes.list(stream(list), all::add)).isEqualTo("9");
        assertThat(all).extracting(NodeRecord::name).containsExactly("n1", "n2");
    }

    @Test
    void readsTheEventsOfAWatch() throws IOException {
        JsonStream json = stream("""
                {"type":"ADDED","object":%s}
                {"object":{"kind":"Node","metadata":{"resourceVersion":"20"}},"type":"BOOKMARK"}
                {"type":"ERROR","object":{"kind":"Status","metadata":{},"status":"Failure","message":"too old","code":410}}
                """.formatted(NODE));
        Event<NodeRecord> added = nodes.event(json);
        assertThat(added.type() + added.object().name() + added.version()).isEqualTo("ADDEDn117");
        Event<NodeRecord> bookmark = nodes.event(json);
        assertThat(bookmark.type() + bookmark.version()).isEqualTo("BOOKMARK20");
        Event<NodeRecord> error = nodes.event(json);
        assertThat(error.code()).isEqualTo(410);
        assertThat(error.message()).isEqualTo("too old");
        assertThat(json.isAtEnd()).isTrue();
    }

    @Test
    void findsTheNodeOfAPod() throws IOException {
        assertThat(PodForm.pods("kube-flannel").path()).isEqualTo("/api/v1/namespaces/kube-flannel/pods");
        assertThat(PodForm.pods("x").object(stream("{\"spec\":{\"x\":[],\"nodeName\":\"n1\"},\"status\":{}}")))
                .isEqualTo("n1");
        assertThat(PodForm.pods("x").object(stream("{\"metadata\":{\"name\":\"p\"}}")))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "9,10,true",
        "10,9,false",
        "10,10,false",
        "99999999999999999999,100000000000000000000,true",
        "a,b,false",
        "'',1,false"
    })
    void knowsTheOlderOfTwoVersions(String one, String other, boolean older) {
        assertThat(version(one).isOlderThan(version(other))).isEqualTo(older);
    }

    private static NodeRecord version(String version) {
        return new NodeRecord("n", version, "", List.of(), Map.of(), Optional.empty());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"metadata\":[],\"spec\":7,\"status\":null}",
                "{\"metadata\":{\"name\":{\"a\":[1]},\"annotations\":[\"x\"],\"resourceVersion\":7},\"spec\":{\"podCIDRs\":{\"a\":1}}}",
                "{\"spec\":{\"podCIDRs\":[7,{},[[]]]},\"status\":{\"conditions\":[7,[],{\"type\":{}}]}}"
            })
    void countsFieldsOfAnotherTypeAsMissing(String json) throws IOException {
        NodeRecord node = nodes.object(stream(json));
        assertThat(node.name()).isEmpty();
        assertThat(node.annotations()).isEmpty();
        assertThat(node.networkUnavailable()).isEmpty();
        assertThatThrownBy(() -> nodes.object(stream("[]")))
                .hasMessageContaining("the server sent something other than one of the nodes");
    }

    @Test
    void failsOnlyByAnIoExceptionWhateverArrives() {
        Random random = new Random(4);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = NODE.getBytes(UTF_8);
            int cut = 1 + random.nextInt(bytes.length);
            for (int k = random.nextInt(4); k > 0; k--) {
                bytes[random.nextInt(cut)] = (byte) "{}[]\":,0x\\".charAt(random.nextInt(10));
            }
            try {
                nodes.object(new JsonStream(new ByteArrayInputStream(bytes, 0, cut)));
                nodes.list(new JsonStream(new ByteArrayInputStream(bytes, 0, cut)), node -> {});
            } catch (IOException e) {
                // said so: good
            }
        }
        assertThatThrownBy(() -> nodes.list(stream("{\"items\":[]}"), node -> {}))
                .hasMessageContaining("resourceVersion");
    }
}

package jflannel.kube;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonParser;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import jflannel.kube.NodeReader.WatchEvent;
import jflannel.kube.NodeRecord.Condition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NodeReaderTest {
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

    private final NodeReader reader = new NodeReader(AnnotationPrefix.of("a.b"));

    private static InputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(UTF_8));
    }

    @Test
    void keepsOfANodeWhatIsNeeded() throws IOException {
        NodeRecord node = reader.node(stream(NODE));
        assertThat(node.name()).isEqualTo("n1");
        assertThat(node.version()).isEqualTo("17");
        assertThat(node.created()).isEqualTo("2026-01-31T12:00:00Z");
        assertThat(node.podCidrs()).containsExactly("10.5.1.0/24", "fd00:5:1::/64");
        assertThat(node.annotations()).isEqualTo(Map.of("backend-type", "vxlan"));
        assertThat(node.networkUnavailable()).contains(new Condition("False", "FlannelIsUp", "m"));
    }

    @Test
    void takesPodCidrWhereThereIsNoList() throws IOException {
        assertThat(reader.node(stream("{\"spec\":{\"podCIDR\":\"10.5.1.0/24\"}}"))
                        .podCidrs())
                .containsExactly("10.5.1.0/24");
    }

    @Test
    void readsAListWhateverTheOrderOfItsFields() throws IOException {
        List<NodeRecord> nodes = new ArrayList<>();
        String list = "{\"items\":[%s,%s],\"metadata\":{\"remainingItemCount\":null,\"resourceVersion\":\"9\"}}"
                .formatted(NODE, NODE.replace("n1", "n2"));
        assertThat(reader.list(stream(list), nodes::add)).isEqualTo("9");
        assertThat(nodes).extracting(NodeRecord::name).containsExactly("n1", "n2");
    }

    @Test
    void readsTheEventsOfAWatch() throws IOException {
        JsonParser json = reader.open(stream("""
                {"type":"ADDED","object":%s}
                {"object":{"kind":"Node","metadata":{"resourceVersion":"20"}},"type":"BOOKMARK"}
                {"type":"ERROR","object":{"kind":"Status","metadata":{},"status":"Failure","message":"too old","code":410}}
                """.formatted(NODE)));
        assertThat(reader.next(json).map(event -> event.type() + event.node().name()))
                .contains("ADDEDn1");
        assertThat(reader.next(json).map(event -> event.type() + event.node().version()))
                .contains("BOOKMARK20");
        WatchEvent error = reader.next(json).orElseThrow();
        assertThat(error.code()).isEqualTo(410);
        assertThat(error.message()).isEqualTo("too old");
        assertThat(reader.next(json)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"metadata\":[],\"spec\":7,\"status\":null}",
                "{\"metadata\":{\"name\":{\"a\":[1]},\"annotations\":[\"x\"],\"resourceVersion\":7},\"spec\":{\"podCIDRs\":{\"a\":1}}}",
                "{\"spec\":{\"podCIDRs\":[7,{},[[]]]},\"status\":{\"conditions\":[7,[],{\"type\":{}}]}}",
                "[]",
                "\"text\"",
                ""
            })
    void countsFieldsOfAnotherTypeAsMissing(String json) throws IOException {
        NodeRecord node = reader.node(stream(json));
        assertThat(node.name()).isEmpty();
        assertThat(node.annotations()).isEmpty();
        assertThat(node.networkUnavailable()).isEmpty();
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
                reader.node(new ByteArrayInputStream(bytes, 0, cut));
                reader.list(new ByteArrayInputStream(bytes, 0, cut), node -> {});
            } catch (IOException e) {
                // said so: good
            }
        }
        assertThatThrownBy(() -> reader.list(stream("{\"items\":[]}"), node -> {}))
                .hasMessageContaining("resourceVersion");
    }
}

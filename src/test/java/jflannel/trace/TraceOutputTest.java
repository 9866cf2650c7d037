package jflannel.trace;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import jflannel.ip.Ip;
import jflannel.json.Json;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.xml.sax.InputSource;

/// A trace as JSON and as a picture, with words of others in it.
class TraceOutputTest {
    private static final String RULE = "-A FORWARD -m comment --comment \"<b> & \u001b[31m\" -j DROP";
    private static final Hop FIRST = Hop.of(Step.DEVICE, "veth1", "ICMP a > b", "the pod's veth");
    private static final Hop LAST = Hop.of(Step.RULES, "cni0", "ICMP a > b", "FORWARD: a rule drops it")
            .because(RULE)
            .broken("a rule of another program drops it: " + RULE, "If nobody needs that rule: iptables -D FORWARD");
    private static final Trace TRACE = new Trace(
            Question.echo(Ip.parse("100.96.1.2"), Ip.parse("100.96.2.3")), List.of(FIRST, LAST), List.of("a note"));

    @Test
    void jsonHasTheDocumentedFields() {
        Map<String, Object> json = Json.object(Json.compact(TraceJson.of(TRACE)));
        assertThat(json)
                .containsEntry("verdict", "broken")
                .containsEntry("broken", new Json.Number("1"))
                .containsEntry("protocol", "icmp")
                .containsOnlyKeys(
                        "version",
                        "source",
                        "destination",
                        "protocol",
                        "port",
                        "verdict",
                        "summary",
                        "broken",
                        "hops",
                        "notes",
                        "live");
        assertThat((Map<?, ?>) ((List<?>) json.get("hops")).getLast())
                .hasSize(12)
                .extracting("step", "node", "by", "device", "verdict")
                .containsExactly("rules", "this node", "kernel", "cni0", "broken");
    }

    @Test
    void thePictureIsWellFormedAndDescribesItselfToThoseWhoDoNotSeeIt() throws Exception {
        var document = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(TraceSvg.of(TRACE))));
        Element root = document.getDocumentElement();
        assertThat(root.getAttribute("role")).isEqualTo("img");
        assertThat(document.getElementsByTagName("title").item(0).getTextContent())
                .isEqualTo("The way of a packet from 100.96.1.2 to 100.96.2.3");
        assertThat(document.getElementsByTagName("desc").item(0).getTextContent())
                .contains("does not arrive", "2: cni0: FORWARD: a rule drops it, broken.");
        assertThat(document.getElementsByTagName("g").getLength()).isEqualTo(2);
        assertThat(root.getTextContent()).contains("<b> &").doesNotContain("\u001b");
    }
}

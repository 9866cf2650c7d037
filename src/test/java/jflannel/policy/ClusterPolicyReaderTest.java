package jflannel.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClusterPolicyReaderTest {
    private static ClusterPolicyReader.Reading admin(String spec) throws PolicyException {
        return ClusterPolicyReader.object(
                "{\"kind\":\"AdminNetworkPolicy\",\"metadata\":{\"name\":\"p\"},\"spec\":" + spec + "}");
    }

    private static ClusterPolicyReader.Reading rule(String rule) throws PolicyException {
        return admin("{\"priority\":1,\"subject\":{\"namespaces\":{}},\"egress\":[" + rule + "]}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"priority\":1}|spec.subject: it is missing",
                "{\"subject\":{\"namespaces\":{}}}|spec.priority: a number from 0 to 1000 was expected",
                "{\"priority\":1001,\"subject\":{\"namespaces\":{}}}|spec.priority: a number from 0",
                "{\"priority\":1,\"subject\":{}}|spec.subject: namespaces or pods were expected",
                "{\"priority\":1,\"subject\":{\"namespaces\":{},\"pods\":{}}}|namespaces or pods were expected",
                "{\"priority\":1,\"tier\":\"Admin\",\"subject\":{\"namespaces\":{}}}|spec.tier: there is no such field here",
                "{\"priority\":1,\"subject\":{\"pods\":{\"podselector\":{}}}}|there is no such field here"
            })
    void a_fault_is_named_with_its_place(String spec, String fault) {
        assertThatThrownBy(() -> admin(spec))
                .isInstanceOf(PolicyException.class)
                .hasMessageContaining(fault);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"to\":[{\"namespaces\":{}}]}|action: Allow, Pass or Deny was expected",
                "{\"action\":\"Accept\",\"to\":[{\"namespaces\":{}}]}|action: Allow, Pass or Deny was expected",
                "{\"action\":\"Deny\",\"to\":[{\"networks\":[\"10.0.0.0\"]}]}|networks: a block of addresses",
                "{\"action\":\"Deny\",\"to\":[{\"namespaces\":{}}],\"ports\":[{}]}|ports[0]: exactly one field was expected",
                "{\"action\":\"Deny\",\"to\":[{\"namespaces\":{}}],\"ports\":[{\"portRange\":{\"start\":2,\"end\":1}}]}|less"
            })
    void a_fault_of_a_rule_is_named_with_its_place(String rule, String fault) {
        assertThatThrownBy(() -> rule(rule)).isInstanceOf(PolicyException.class).hasMessageContaining(fault);
    }

    @Test
    void an_unknown_peer_opens_nothing() throws PolicyException {
        ClusterPolicyReader.Reading allow = rule("{\"action\":\"Allow\",\"to\":[{\"domainNames\":[\"example.com\"]}]}");
        assertThat(allow.policy().rules()).isEmpty();
        assertThat(allow.remarks()).singleElement().asString().contains("spec.egress[0].to", "allows nothing");
        for (String action : new String[] {"Deny", "Pass"}) {
            ClusterPolicyReader.Reading closed =
                    rule("{\"action\":\"" + action + "\",\"to\":[{\"namespaces\":{}},{\"dogs\":{}}]}");
            assertThat(closed.policy().rules().get(Direction.EGRESS))
                    .containsExactly(new Rule(Action.DENY, java.util.List.of(), java.util.List.of()));
            assertThat(closed.remarks()).singleElement().asString().contains("refuses everything");
        }
    }

    @Test
    void the_baseline_is_the_one_called_default_and_passes_nothing_on() {
        assertThatThrownBy(() -> ClusterPolicyReader.spec(PolicyKind.BASELINE, "other", java.util.Map.of()))
                .hasMessageContaining("called default");
        assertThatThrownBy(() -> ClusterPolicyReader.object("""
                        {"kind":"BaselineAdminNetworkPolicy","metadata":{"name":"default"},"spec":{"subject":{"namespaces":{}},
                         "ingress":[{"action":"Pass","from":[{"namespaces":{}}]}]}}""")).hasMessageContaining("Allow or Deny was expected");
    }

    /// Whoever may write policies may write anything: a text is read, or refused.
    @FuzzTest
    void any_text(byte[] data) {
        try {
            assertThat(ClusterPolicyReader.object(new String(data, StandardCharsets.UTF_8))
                            .policy()
                            .name())
                    .isNotEmpty();
        } catch (PolicyException e) {
            assertThat(e.getMessage()).isNotEmpty();
        }
    }
}

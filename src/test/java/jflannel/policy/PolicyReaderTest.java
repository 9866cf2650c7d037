package jflannel.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PolicyReaderTest {
    private static Policy spec(String spec) throws PolicyException {
        return PolicyReader.object("{\"metadata\":{\"name\":\"p\"},\"spec\":" + spec + "}", "default");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"ingres\":[]}|spec.ingres: there is no such field here",
                "{\"podSelector\":5}|spec.podSelector: an object was expected",
                "{\"policyTypes\":[\"ingress\"]}|spec.policyTypes: Ingress and Egress were expected",
                "{\"ingress\":[{\"from\":[{}]}]}|spec.ingress[0].from[0]: either ipBlock or selectors were expected",
                "{\"ingress\":[{\"ports\":[{\"port\":80,\"endPort\":79}]}]}|spec.ingress[0].ports[0].endPort: it is less",
                "{\"ingress\":[{\"ports\":[{\"port\":\"http\",\"endPort\":79}]}]}|port: a name cannot begin a range",
                "{\"ingress\":[{\"ports\":[{\"port\":65536}]}]}|a number from 1 to 65535 was expected",
                "{\"ingress\":[{\"ports\":[{\"protocol\":\"ICMP\"}]}]}|TCP, UDP or SCTP was expected",
                "{\"egress\":[{\"to\":[{\"ipBlock\":{\"cidr\":\"10.0.0.0/8\",\"except\":[\"11.0.0.0/8\"]}}]}]}|not within",
                "{\"podSelector\":{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"In\"}]}}|values: they are missing",
                "{\"podSelector\":{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"Gt\"}]}}|operator: In, NotIn"
            })
    void a_fault_is_named_with_its_place(String spec, String fault) {
        assertThatThrownBy(() -> spec(spec)).isInstanceOf(PolicyException.class).hasMessageContaining(fault);
    }

    @Test
    void policy_types_default_to_ingress_and_to_egress_if_there_are_rules_for_it() throws PolicyException {
        assertThat(spec("{}").rules()).containsOnlyKeys(Direction.INGRESS);
        assertThat(spec("{\"egress\":[]}").rules()).containsOnlyKeys(Direction.INGRESS);
        assertThat(spec("{\"egress\":[{}]}").rules()).containsOnlyKeys(Direction.INGRESS, Direction.EGRESS);
        assertThat(spec("{\"ingress\":[{}],\"policyTypes\":[\"Egress\"]}").rules())
                .containsExactlyEntriesOf(java.util.Map.of(Direction.EGRESS, List.of()));
    }

    /// Anybody may write into etcd: a text is read, or refused.
    @FuzzTest
    void any_text(byte[] data) {
        try {
            assertThat(PolicyReader.object(new String(data, StandardCharsets.UTF_8), "default")
                            .name())
                    .isNotEmpty();
        } catch (PolicyException e) {
            assertThat(e.getMessage()).isNotEmpty();
        }
    }
}

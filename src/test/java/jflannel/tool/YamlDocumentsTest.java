package jflannel.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jflannel.lease.ConfigException;
import jflannel.policy.PolicyReader;
import org.junit.jupiter.api.Test;

class YamlDocumentsTest {
    @Test
    void documents_are_taken_apart_and_empty_ones_passed_over() throws Exception {
        var documents = YamlDocuments.asJson("""
                # two policies
                apiVersion: networking.k8s.io/v1
                kind: NetworkPolicy
                metadata:
                  name: web
                spec:
                  podSelector: {matchLabels: {app: "80"}}
                  ingress:
                  - ports: [{port: 80, endPort: 0x51}]
                ---
                ---
                {"metadata": {"name": "deny"}, "spec": {"podSelector": {}}}
                """);
        assertThat(documents).hasSize(2);
        assertThat(PolicyReader.object(documents.getFirst(), "default").rules().toString())
                .contains("TCP 80-81");
        assertThat(PolicyReader.object(documents.getLast(), "default").name()).isEqualTo("deny");
    }

    @Test
    void json_may_have_tabs() {
        assertThat(YamlDocuments.asJson("\n{\n\t\"kind\": \"List\"}"))
                .singleElement()
                .asString()
                .contains("List");
    }

    @Test
    void what_is_not_yaml_is_refused_and_so_is_a_key_that_comes_twice() {
        assertThatThrownBy(() -> YamlDocuments.asJson("a: [")).isInstanceOf(ConfigException.class);
        assertThatThrownBy(() -> YamlDocuments.asJson("a: 1\na: 2\n"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("a");
    }
}

package jflannel.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jflannel.lease.ConfigException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AnnotationPrefixTest {
    @ParameterizedTest(name = "{0} names {1}")
    @CsvSource({
        "flannel.alpha.coreos.com,  flannel.alpha.coreos.com/backend-data",
        "flannel.alpha.coreos.com/, flannel.alpha.coreos.com/backend-data",
        "example.com/blue,          example.com/blue-backend-data",
        "example.com/blue-,         example.com/blue-backend-data",
        "a.b_c.d/x-y_z,             a.b_c.d/x-y_z-backend-data",
    })
    void makesNamesByTheRule(String flag, String name) {
        AnnotationPrefix prefix = AnnotationPrefix.of(flag);
        assertThat(prefix.name(Annotations.backendData(jflannel.ip.Family.IPV4)))
                .isEqualTo(name);
        assertThat(prefix.suffix(name)).contains("backend-data");
        assertThat(prefix.suffix("kubeadm.alpha.kubernetes.io/cri-socket")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "/", "localhost", "Example.com", "example.com/a/b", "example.com/A", "ex ample.com", "é.x"})
    void refusesWhatCannotNameAnAnnotation(String flag) {
        assertThatThrownBy(() -> AnnotationPrefix.of(flag))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("--kube-annotation-prefix: "
                        + (flag.isEmpty() ? "an empty value" : "\"" + flag + "\"") + " cannot be used.");
    }
}

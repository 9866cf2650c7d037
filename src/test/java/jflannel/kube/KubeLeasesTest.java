package jflannel.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import jflannel.lease.ConfigException;
import jflannel.status.Board;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KubeLeasesTest {
    @TempDir
    private Path folder;

    @Test
    void aMissingConfigurationLeavesNoHttpClientBehind() {
        KubeSettings settings = new KubeSettings(
                "http://127.0.0.1:1",
                Optional.empty(),
                AnnotationPrefix.of("flannel.alpha.coreos.com"),
                folder.resolve("net-conf.json"),
                true,
                Map.of("NODE_NAME", "n1"),
                folder);
        long before = httpClients();
        assertThatThrownBy(() -> new KubeLeases(settings, new Board())).isInstanceOf(ConfigException.class);
        assertThat(httpClients()).isEqualTo(before);
    }

    private static long httpClients() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("HttpClient-"))
                .count();
    }
}

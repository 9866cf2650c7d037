package jflannel.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
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
    void aConfigurationMayComeLaterThanTheDaemon() throws Exception {
        Path file = folder.resolve("net-conf.json");
        KubeSettings settings = new KubeSettings(
                "http://127.0.0.1:1",
                Optional.empty(),
                AnnotationPrefix.of("flannel.alpha.coreos.com"),
                file,
                true,
                Map.of("NODE_NAME", "n1"),
                folder);
        try (KubeLeases store = new KubeLeases(settings, new Board())) {
            assertThatThrownBy(store::networkConfig)
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("--net-config-path");
            Files.writeString(file, "{\"Network\":\"10.5.0.0/16\"}");
            assertThat(store.networkConfig().pools()).hasSize(1);
        }
    }
}

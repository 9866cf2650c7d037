package jflannel.kube;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import jflannel.lab.kube.KubeRule;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// All tests of the store once more, against a [RealCluster], where there is one.
@ExtendWith(OwnNetns.class)
class RealApiIT extends KubeLeasesIT {
    @Override
    Cluster cluster(Path folder) throws IOException {
        return RealCluster.open(folder);
    }

    @Test
    void acceptsAllObjectsOfTheManifest(@TempDir Path own) throws Exception {
        try (Cluster cluster = cluster(own)) {
            for (JsonNode document : KubeRule.documents(Cluster.MANIFEST)) {
                assertThat(RealCluster.create(cluster.admin(), document))
                        .as(document.toString())
                        .isIn(201, 409);
            }
        }
    }
}

package jflannel.kube;

import java.io.IOException;
import java.nio.file.Path;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.extension.ExtendWith;

/// The tests of a quiet API once more, against a [RealCluster], where there is one.
@ExtendWith(OwnNetns.class)
class RealQuietApiIT extends QuietApiIT {
    @Override
    Cluster cluster(Path folder) throws IOException {
        return RealCluster.open(folder);
    }
}

package jflannel.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import jflannel.lease.StoreFigures;
import jflannel.status.Board;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// What must not wait for the next event or bookmark of an API that has nothing to say; in [RealQuietApiIT] the same
/// against a real one.
@ExtendWith(OwnNetns.class)
class QuietApiIT extends KubeScene {
    /// Between two bookmarks an API server sends nothing but the head of a watch until something happens.
    @Test
    void hearsTheFirstEventOfAWatchAtOnceInAQuietCluster() throws Exception {
        try (Cluster cluster = cluster(folder)) {
            cluster.register("n1", CIDRS);
            peer(cluster, "n2", 2);
            try (Daemon _ = new Daemon(cluster.settings("n1", NET_CONF), at(1))) {
                soon(() -> cluster.condition("n1").equals(UP));
            }
            // nothing is left to change, so that this watch sees no event of its own making
            try (Daemon daemon = new Daemon(cluster.settings("n1", NET_CONF), at(1))) {
                StoreFigures figures = daemon.store.figures();
                within(2, () -> figures.watchAge().isPresent());
                Thread.sleep(3_000); // until the watch counts as proven
                cluster.annotate("n2", "public-ip", "192.0.2.22");
                within(1, () -> daemon.knows("10.244.2.0/24", "192.0.2.22"));
                cluster.annotate("n2", "public-ip", "192.0.2.23");
                within(1, () -> daemon.knows("10.244.2.0/24", "192.0.2.23"));

                cluster.stop();
                soon(() -> figures.watchAge().isEmpty());
                cluster.start();
                within(8, () -> figures.watchAge().isPresent());
                cluster.annotate("n2", "public-ip", "192.0.2.24");
                within(1, () -> daemon.knows("10.244.2.0/24", "192.0.2.24"));
            }
        }
    }

    @Test
    void saysAtOnceThatItWaitsForItsPodCidrAndGoesOnAsSoonAsItComes() throws Exception {
        try (Cluster cluster = cluster(folder);
                KubeLeases store = new KubeLeases(cluster.settings("n1", NET_CONF), new Board())) {
            cluster.register("n1");
            store.publicIps(); // has read the node, as the daemon has by then
            long start = System.nanoTime();
            assertThatThrownBy(() -> store.acquire(store.networkConfig(), at(1), List.of()))
                    .hasMessageContaining("has no podCIDR yet");
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
            assertThat(cluster.condition("n1")).startsWith("True FlannelIsWaiting");
            CompletableFuture<Long> leased = new CompletableFuture<>();
            Thread.ofPlatform().daemon().start(() -> {
                while (!leased.isDone()) {
                    try {
                        store.acquire(store.networkConfig(), at(1), List.of());
                        leased.complete(System.nanoTime());
                    } catch (IOException e) {
                        // tries again, as the daemon does
                    }
                }
            });
            Thread.sleep(4_000); // its own condition was an event too; now all is quiet
            ObjectNode patch = Cluster.JSON.createObjectNode();
            patch.putObject("spec").putArray("podCIDRs").add("10.244.1.0/24");
            patch.withObject("/spec").put("podCIDR", "10.244.1.0/24");
            long assigned = System.nanoTime();
            cluster.admin().patch("/api/v1/nodes/n1", patch);
            assertThat(Duration.ofNanos(leased.get(20, TimeUnit.SECONDS) - assigned))
                    .isLessThan(Duration.ofSeconds(2));
        }
    }
}

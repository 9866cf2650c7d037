package jflannel.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.lease.LeaseEvent;
import jflannel.lease.LeaseStore;
import jflannel.lease.NetworkConfig;
import jflannel.report.StatusFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnrolmentTest {
    private static final NetworkConfig NETWORK = network("10.5.0.0/16");
    private static final NetworkConfig OTHER = network("10.6.0.0/16");
    private static final Announcement MINE =
            new Announcement(Map.of(Family.IPV4, Ip.parse("192.0.2.1")), "alloc", Map.of());
    private static final Lease OWN = new Lease(List.of(Cidr.parse("10.5.1.0/24")), MINE);

    @TempDir
    private Path folder;

    private final Store store = new Store();
    private final List<Trigger> told = new CopyOnWriteArrayList<>();

    @Test
    void whoDoesNotWaitForTheLeaseIsToldOfItLater() throws Exception {
        store.refusal = new IOException("no space");
        try (Enrolment enrolment = enrolment()) {
            Future<Lease> asked = enrolment.lease(NETWORK, MINE, List.of());
            assertThat(Enrolment.isAnswered(asked, Duration.ofMillis(50))).isFalse();
            asked.cancel(true);
            enrolment.later(NETWORK, MINE, OWN, told::add);
            store.refusal = null;
            await().until(() -> store.watched);
            assertThat(told).containsExactly(new Trigger.Enrolled(OWN));
        }
    }

    @Test
    void aChangeOfTheConfigurationIsToldOnceThoughNoLeaseIsGiven() {
        store.refusal = new IOException("no space");
        try (Enrolment enrolment = enrolment()) {
            enrolment.later(NETWORK, MINE, OWN, told::add);
            await().until(() -> store.asked > 0);
            store.network = OTHER;
            int before = store.read;
            await().until(() -> store.read > before + 2);
            assertThat(told).containsExactly(new Trigger.LeasesChanged(new LeaseEvent.Reconfigured(OTHER)));
            store.refusal = null;
            store.network = NETWORK; // the session went on with it
            await().until(() -> store.watched);
            assertThat(told).endsWith(new Trigger.Enrolled(OWN));
        }
    }

    @Test
    void aDefectDoesNotEndTheAsking() {
        store.refusal = new IllegalStateException("planted");
        try (Enrolment enrolment = enrolment()) {
            enrolment.later(NETWORK, MINE, OWN, told::add);
            await().until(() -> store.asked > 0);
            store.refusal = null;
            await().until(() -> store.watched);
            assertThat(told).containsExactly(new Trigger.Enrolled(OWN));
        }
    }

    private Enrolment enrolment() {
        return new Enrolment(store, new StatusFile(folder.resolve("subnet.env")));
    }

    private static NetworkConfig network(String pods) {
        return NetworkConfig.parse("test", "{\"Network\":\"" + pods + "\"}");
    }

    /// Gives whoever asks the lease [#OWN].
    private static final class Store implements LeaseStore {
        volatile NetworkConfig network = NETWORK;
        volatile Exception refusal;
        volatile int read;
        volatile int asked;
        volatile boolean watched;

        @Override
        public NetworkConfig networkConfig() {
            read++;
            return network;
        }

        @Override
        public Lease acquire(NetworkConfig network, Announcement mine, List<Cidr> previous) throws IOException {
            asked++;
            switch (refusal) {
                case IOException failed -> throw failed;
                case RuntimeException defect -> throw defect;
                case null, default -> {
                    return OWN;
                }
            }
        }

        @Override
        public void watch(Lease own, Consumer<LeaseEvent> listener) {
            watched = true;
        }

        @Override
        public void close() {}
    }
}

package jflannel.control;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.lease.Announcement;
import jflannel.lease.CredentialsException;
import jflannel.lease.Lease;
import jflannel.lease.LeaseEvent;
import jflannel.lease.LeaseList;
import jflannel.lease.LeaseStore;
import jflannel.lease.NetworkConfig;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.status.Finding;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StoreLinkTest {
    private static final NetworkConfig NETWORK = network("10.5.0.0/16");
    private static final NetworkConfig OTHER = network("10.6.0.0/16");
    private static final Announcement MINE =
            new Announcement(Map.of(Family.IPV4, Ip.parse("192.0.2.1")), "alloc", Map.of());
    private static final Lease OWN = new Lease(List.of(Cidr.parse("10.5.1.0/24")), MINE);

    private final Store store = new Store();
    private final Board board = new Board();
    private final List<Trigger> posted = new CopyOnWriteArrayList<>();
    private final AtomicInteger connections = new AtomicInteger();

    @Test
    void whoDoesNotWaitForTheLeaseHearsOfItLater() throws Exception {
        store.refusal = new IOException("no space");
        try (StoreLink link = link()) {
            Future<Lease> asked = link.lease(NETWORK, MINE, List.of());
            assertThat(StoreLink.isAnswered(asked, Duration.ofMillis(50))).isFalse();
            asked.cancel(true);
            link.enrolLater(NETWORK, MINE, OWN);
            store.refusal = null;
            await().until(() -> store.watched);
            assertThat(posted).containsExactly(new Trigger.Enrolled(1, OWN));
        }
    }

    @Test
    void waitsForTheOtherNodesOnceItHasTheLease() throws Exception {
        try (StoreLink link = link()) {
            assertThat(StoreLink.answer(link.lease(NETWORK, MINE, List.of()))).isEqualTo(OWN);
            assertThat(board.status().state()).isEqualTo("waiting-for-lease");
            link.watch(OWN);
            assertThat(board.status().state()).isEqualTo("waiting-for-peers");
        }
    }

    @Test
    void aChangeOfTheConfigurationIsReportedOnceAndTheLeaseIsKeptMeanwhile() {
        store.network = OTHER;
        try (StoreLink link = link()) {
            link.enrolLater(NETWORK, MINE, OWN);
            await().until(() -> store.watched);
            assertThat(posted)
                    .containsExactly(
                            new Trigger.LeasesChanged(1, new LeaseEvent.Reconfigured(OTHER)),
                            new Trigger.Enrolled(1, OWN));
        }
    }

    @ParameterizedTest
    @ValueSource(classes = {IllegalStateException.class, AssertionError.class})
    void aDefectDoesNotEndTheAsking(Class<? extends Throwable> defect) throws Exception {
        store.refusal = defect.getDeclaredConstructor().newInstance();
        try (StoreLink link = link()) {
            link.enrolLater(NETWORK, MINE, OWN);
            await().until(() -> store.asked > 0);
            await().until(() -> board.isRaised(Condition.LEASE_PENDING));
            store.refusal = null;
            await().until(() -> store.watched);
            assertThat(posted).containsExactly(new Trigger.Enrolled(1, OWN));
            assertThat(board.isRaised(Condition.LEASE_PENDING)).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(classes = {IllegalStateException.class, NoClassDefFoundError.class})
    void aDefectEndsAStart(Class<? extends Throwable> defect) throws Exception {
        store.refusal = defect.getDeclaredConstructor().newInstance();
        try (StoreLink link = link()) {
            Future<Lease> asked = link.lease(NETWORK, MINE, List.of());
            assertThatThrownBy(() -> asked.get(10, SECONDS)).hasCause(store.refusal);
        }
    }

    @Test
    void aMissingClassReachesTheHandlerOfUncaughtExceptionsIfNobodyWaits() throws Exception {
        BlockingQueue<Throwable> uncaught = new LinkedBlockingQueue<>();
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((_, e) -> uncaught.add(e));
        store.refusal = new NoClassDefFoundError("gone");
        try (StoreLink link = link()) {
            link.enrolLater(NETWORK, MINE, OWN);
            assertThat(uncaught.poll(10, SECONDS)).isSameAs(store.refusal);
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
    }

    @Test
    void anotherConnectionTakesThePlaceOfTheFirstAndHasItsOwnNumber() {
        try (StoreLink link = link()) {
            link.renew(NETWORK, MINE, OWN);
            assertThat(link.number()).isEqualTo(2);
            await().until(() -> store.watched);
            assertThat(posted).containsExactly(new Trigger.Enrolled(2, OWN));
            assertThat(connections).hasValue(2);
            assertThat(store.closed).isOne();
        }
    }

    @Test
    void certificatesThatComeLateAreWaitedForAtAStartAndAtARenewal() throws Exception {
        store.lacking = new CredentialsException("--etcd-cafile", "ca.pem", "It cannot be read.");
        try (StoreLink link = link()) {
            Future<StoreLink.Terms> asked = link.terms();
            await().until(() -> board.isRaised(Condition.CREDENTIALS_REFUSED));
            assertThat(board.findings()).extracting(Finding::condition).containsExactly(Condition.CREDENTIALS_REFUSED);
            store.lacking = null;
            assertThat(StoreLink.answer(asked).network()).isEqualTo(NETWORK);
            assertThat(board.findings()).isEmpty();

            store.lacking = new CredentialsException("--etcd-cafile", "ca.pem", "It cannot be read.");
            link.renew(NETWORK, MINE, OWN);
            await().until(() -> board.isRaised(Condition.CREDENTIALS_REFUSED));
            store.lacking = null;
            await().until(() -> store.watched);
            assertThat(board.findings()).isEmpty();
        }
    }

    @Test
    void whatANodeHasFromItsMemoryIsNoLongerMissing() {
        store.refusal = new IOException("no space");
        try (StoreLink link = link()) {
            Future<Lease> asked = link.lease(NETWORK, MINE, List.of());
            await().until(() -> board.isRaised(Condition.NO_LEASE));
            asked.cancel(true);
            link.enrolLater(NETWORK, MINE, OWN);
            await().until(() -> board.isRaised(Condition.LEASE_PENDING));
            assertThat(board.isRaised(Condition.NO_LEASE)).isFalse();
        }
    }

    private StoreLink link() {
        return new StoreLink(
                () -> {
                    connections.incrementAndGet();
                    return store;
                },
                board,
                posted::add,
                _ -> {});
    }

    private static NetworkConfig network(String pods) {
        return NetworkConfig.parse("test", "{\"Network\":\"" + pods + "\"}");
    }

    /// Gives whoever asks the lease [#OWN].
    private static final class Store implements LeaseStore {
        volatile NetworkConfig network = NETWORK;
        volatile CredentialsException lacking;
        volatile Throwable refusal;
        volatile int read;
        volatile int asked;
        volatile boolean watched;
        volatile int closed;

        @Override
        public LeaseList list(NetworkConfig network, Function<List<Lease>, Optional<Lease>> ownOf) {
            throw new UnsupportedOperationException("a link follows the leases");
        }

        @Override
        public List<String> hosts() {
            return List.of("store.example");
        }

        @Override
        public NetworkConfig networkConfig() {
            read++;
            CredentialsException now = lacking;
            if (now != null) {
                throw now;
            }
            return network;
        }

        @Override
        public Lease acquire(NetworkConfig network, Announcement mine, List<Cidr> previous) throws IOException {
            asked++;
            switch (refusal) {
                case IOException failed -> throw failed;
                case RuntimeException defect -> throw defect;
                case Error defect -> throw defect;
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
        public void close() {
            closed++;
        }
    }
}

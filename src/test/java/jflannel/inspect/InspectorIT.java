package jflannel.inspect;

import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.RouteSocket;
import jflannel.lease.Announcement;
import jflannel.lease.LastKnown;
import jflannel.lease.Lease;
import jflannel.lease.LeaseEvent;
import jflannel.lease.LeaseList;
import jflannel.lease.LeaseStore;
import jflannel.lease.NetworkConfig;
import jflannel.lease.StateFile;
import jflannel.status.Board;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// On a real kernel that somebody programmed by ip(8), as Go flannel does.
@ExtendWith(OwnNetns.class)
class InspectorIT {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final NetworkConfig NETWORK =
            NetworkConfig.parse("test", "{\"Network\":\"10.5.0.0/16\",\"Backend\":{\"Type\":\"vxlan\"}}");
    private static final Lease OWN = lease("10.5.1.0/24", "192.0.2.1", "0a:00:00:00:00:01");
    private static final Lease ONE = lease("10.5.2.0/24", "192.0.2.2", "0a:00:00:00:00:02");
    private static final Lease OTHER = lease("10.5.3.0/24", "192.0.2.3", "0a:00:00:00:00:03");

    @TempDir
    private Path folder;

    private static Lease lease(String subnet, String at, String mac) {
        return new Lease(
                List.of(Cidr.parse(subnet)),
                new Announcement(
                        Map.of(Family.IPV4, Ip.parse(at)),
                        "vxlan",
                        Map.of(Family.IPV4, "{\"VNI\":1,\"VtepMAC\":\"" + mac + "\"}")));
    }

    /// A store that has these leases.
    private record Store(List<Lease> leases, Duration pause) implements LeaseStore {
        Store(List<Lease> leases) {
            this(leases, Duration.ZERO);
        }

        @Override
        public NetworkConfig networkConfig() throws IOException {
            try {
                Thread.sleep(pause);
                return NETWORK;
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }

        @Override
        public LeaseList list(NetworkConfig network, Function<List<Lease>, Optional<Lease>> ownOf) {
            Optional<Lease> own = ownOf.apply(leases);
            return new LeaseList(
                    own,
                    Set.copyOf(leases.stream()
                            .filter(lease -> !Optional.of(lease).equals(own))
                            .toList()),
                    Map.of());
        }

        @Override
        public Lease acquire(NetworkConfig network, Announcement mine, List<Cidr> previous) {
            throw new UnsupportedOperationException("a look takes nothing");
        }

        @Override
        public void watch(Lease own, Consumer<LeaseEvent> listener) {
            throw new UnsupportedOperationException("a look takes one moment");
        }

        @Override
        public List<String> hosts() {
            return List.of();
        }

        @Override
        public void close() {}
    }

    private Inspection look(LeaseStore store, Duration patience) throws IOException {
        LocalFlannel flannel = LocalFlannel.find(
                List.of(
                        "--subnet-file=" + folder.resolve("subnet.env"),
                        "--state-file=" + folder.resolve("state.json")),
                Map.of());
        try (RouteSocket kernel = new RouteSocket()) {
            return new Inspector(flannel, kernel, () -> store, patience).look();
        }
    }

    private static void makeNode() throws IOException {
        sh(
                "ip link add eth0 address 02:00:00:00:00:01 type veth peer name far; ip link set far up; ip addr add 192.0.2.1/24 dev eth0; ip link set eth0 up;"
                        + " ip route add default via 192.0.2.254;"
                        + " ip link add flannel.1 address 0a:00:00:00:00:01 mtu 1450 type vxlan id 1 dstport 8472"
                        + "   local 192.0.2.1 dev eth0 nolearning;"
                        + " ip addr add 10.5.1.0/32 dev flannel.1; ip link set flannel.1 up");
    }

    private static void reach(String subnet, String at, String mac) throws IOException {
        sh("ip neigh add %1$s lladdr %3$s dev flannel.1 nud permanent;".formatted(subnet, at, mac)
                + " bridge fdb add %3$s dev flannel.1 dst %2$s self permanent;".formatted(subnet, at, mac)
                + " ip route add %1$s/24 via %1$s dev flannel.1 onlink".formatted(subnet));
    }

    @Test
    void seesPeerByPeerWhatIsThereMissingOrDifferent() throws IOException {
        makeNode();
        reach("10.5.2.0", "192.0.2.2", "0a:00:00:00:00:02");
        reach("10.5.3.0", "192.0.2.33", "0a:00:00:00:00:03");
        sh("ip route del 10.5.3.0/24; ip neigh add 10.5.9.0 lladdr 0a:00:00:00:00:09 dev flannel.1 nud permanent");
        Inspection seen = look(new Store(List.of(ONE, OWN, OTHER)), PATIENCE);
        assertThat(seen.own().value()).contains(OWN);
        assertThat(seen.status().words()).isEqualTo("no flanneld runs here");
        Comparison comparison = seen.comparison().value().orElseThrow();
        assertThat(seen.devices()).singleElement().matches(DeviceState::isRight);
        assertThat(comparison.base()).singleElement().matches(Entry::isPresent);
        assertThat(comparison.peers()).extracting(PeerState::lease).containsExactly(ONE, OTHER);
        PeerState whole = comparison.peers().getFirst();
        assertThat(whole.entries()).hasSize(3);
        assertThat(whole.isProgrammed()).isTrue();
        PeerState damaged = comparison.peers().getLast();
        assertThat(damaged.isProgrammed()).isFalse();
        assertThat(damaged.entries().stream()
                        .filter(Entry::isMissing)
                        .map(entry -> entry.wanted().toString()))
                .singleElement()
                .asString()
                .startsWith("route 10.5.3.0/24 via 10.5.3.0");
        assertThat(damaged.entries().stream()
                        .filter(entry -> !entry.isMissing() && !entry.isPresent())
                        .map(entry -> entry.found().orElseThrow().toString()))
                .singleElement()
                .asString()
                .startsWith("fdb 0a:00:00:00:00:03 dst 192.0.2.33");
        assertThat(comparison.superfluous()).singleElement().asString().startsWith("neighbor 10.5.9.0");
    }

    @Test
    void aMissingDeviceLacksEverythingOnIt() throws IOException {
        makeNode();
        sh("ip link del flannel.1");
        Inspection seen = look(new Store(List.of(OWN, ONE)), PATIENCE);
        Comparison comparison = seen.comparison().value().orElseThrow();
        assertThat(seen.devices())
                .singleElement()
                .matches(device -> device.found().isEmpty());
        assertThat(comparison.peers().getFirst().entries()).hasSize(3).allMatch(Entry::isMissing);
    }

    @Test
    void aSilentStoreIsReplacedByTheMemory() throws Exception {
        makeNode();
        try (StateFile file = new StateFile(folder.resolve("state.json"), new Board())) {
            file.keep(new LastKnown("test", NETWORK, "", Map.of(), OWN, "", List.of(ONE), List.of(OTHER)));
        }
        Inspection seen = look(new Store(List.of(), PATIENCE), Duration.ofMillis(100));
        assertThat(seen.own().words()).endsWith("state.json");
        assertThat(seen.leases().value().orElseThrow().held()).containsExactly(OTHER);
        assertThat(seen.leases().value().orElseThrow().peers()).containsExactlyInAnyOrder(ONE, OTHER);
    }
}

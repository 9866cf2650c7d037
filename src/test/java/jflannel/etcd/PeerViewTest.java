package jflannel.etcd;

import static jflannel.etcd.Nodes.announcement;
import static jflannel.etcd.Records.DUAL;
import static jflannel.etcd.Records.V4;
import static jflannel.etcd.Records.lease;
import static jflannel.etcd.Records.record;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import jflannel.ip.Cidr;
import jflannel.lease.Lease;
import jflannel.lease.LeaseEvent;
import jflannel.lease.LeaseList;
import jflannel.lease.Peers;
import jflannel.status.Board;
import jflannel.testing.Believed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PeerViewTest {
    private static final List<Cidr> OWN = List.of(Cidr.parse("10.5.1.0/24"));

    private final PeerView view = new PeerView(V4, announcement("192.0.2.1"), OWN, new Board());

    @Test
    void reportsAChangedAddressAsAPutOfTheSameLease() {
        view.reset(List.of(lease("10.5.9.0-24", "192.0.2.9", 1)));
        SubnetRecord moved = record("10.5.9.0-24", "{\"PublicIP\":\"192.0.2.8\"}", 7, 1, 2);
        assertThat(view.put(moved)).singleElement().isInstanceOf(LeaseEvent.Put.class);
        assertThat(view.put(moved)).as("the same again").isEmpty();
        assertThat(view.put(record("10.5.9.0-24", "{\"PublicIP\":\"192.0.2.8\"}", 7, 1, 3)))
                .as("a renewal as Go flannel does it")
                .isEmpty();
        assertThat(view.remove("10.5.9.0-24", 2)).as("old news").isEmpty();
        assertThat(view.remove("10.5.9.0-24", 4)).singleElement().isInstanceOf(LeaseEvent.Removed.class);
    }

    @Test
    void knowsWhoElseWantsAPartOfThisNodesSubnets() {
        view.reset(List.of(lease("10.5.1.0-24", "192.0.2.1", 1), lease("10.5.9.0-24", "192.0.2.9", 2)));
        assertThat(view.rivals()).isEmpty();
        view.put(record("10.5.0.0-23", "{\"PublicIP\":\"192.0.2.7\"}", 7, 3, 3));
        assertThat(view.rivals()).extracting(SubnetRecord::name).containsExactly("10.5.0.0-23");
        view.put(record("10.5.0.0-23", "{\"PublicIP\":\"192.0.2.1\"}", 7, 3, 4));
        assertThat(view.rivals()).as("it is this node's by now").isEmpty();
        view.put(record("10.5.0.0-23", "{\"PublicIP\":\"192.0.2.7\"}", 7, 3, 5));
        view.remove("10.5.0.0-23", 6);
        assertThat(view.rivals()).isEmpty();
        view.reset(List.of(lease("10.5.1.0-25", "192.0.2.7", 8)));
        assertThat(view.rivals()).hasSize(1);
    }

    @Test
    void whoeverListsWithoutALeaseSeesAllOthersAndWhatIsWrong() {
        List<SubnetRecord> records = List.of(
                lease("10.5.9.0-24", "192.0.2.9", 2), lease("10.5.8.0-24", "192.0.2.8", 1), record("x", "", 0, 3, 3));
        LeaseList seen = PeerView.list(V4, records, _ -> Optional.empty(), new Board());
        assertThat(seen.own()).isEmpty();
        assertThat(seen.others()).hasSize(2);
        assertThat(seen.faults()).containsOnlyKeys("x");
    }

    @Test
    void whoeverListsWithALeasePicksItFromTheOldestOn() {
        List<SubnetRecord> records = List.of(
                lease("10.5.9.0-24", "192.0.2.9", 2), lease("10.5.8.0-24", "192.0.2.8", 1), record("x", "", 0, 3, 3));
        LeaseList seen = PeerView.list(V4, records, all -> Optional.of(all.getFirst()), new Board());
        assertThat(seen.own()).map(Lease::words).contains("10.5.8.0/24");
        assertThat(seen.others()).extracting(Lease::words).containsExactly("10.5.9.0/24");
        assertThat(seen.faults()).containsOnlyKeys("x");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            10.5.1.0-24     | {"PublicIP":"192.0.2.1"}
            10.5.2.0-24     | {"PublicIP":"192.0.2.1"}
            10.5.1.0-24     | {"PublicIP":"192.0.2.9"}
            10.5.1.128-25   | {"PublicIP":"192.0.2.9"}
            10.5.0.0-23     | {"PublicIP":"192.0.2.9"}
            10.5.0.0-16     | {"PublicIP":"192.0.2.9"}
            0.0.0.0-0       | {"PublicIP":"192.0.2.9"}
            10.6.2.0-24     | {"PublicIP":"192.0.2.9"}
            fd00:5::-64     | {"PublicIP":"192.0.2.9"}
            10.5.2.0-24     | {"PublicIP":"127.0.0.1"}
            10.5.2.0-24     | {"PublicIP":"224.0.0.9"}
            10.5.2.0-24     | {"PublicIP":"255.255.255.255"}
            10.5.2.0-24     | {"PublicIP":"0.0.0.0"}
            10.5.2.0-24     | {"PublicIP":"192.0.2.9","PublicIPv6":"ff02::1"}
            10.5.2.0-24     | garbage
            garbage         | garbage
            """)
    void neverReportsWhatIsNoPeer(String name, String value) {
        SubnetRecord record = record(name, value, 7, 5, 5);
        assertThat(view.reset(List.of(record)).all()).isEmpty();
        view.reset(List.of());
        assertThat(view.put(record)).isEmpty();
        assertThat(view.remove(name, 6)).isEmpty();
    }

    @Test
    void letsTheOldestOfOverlappingLeasesCountAndTheNextWhenThatEnds() {
        view.reset(List.of(lease("10.5.9.0-24", "192.0.2.9", 1), lease("10.5.9.128-25", "192.0.2.8", 2)));
        List<LeaseEvent> events = view.remove("10.5.9.0-24", 3);
        assertThat(events).hasSize(2);
        assertThat(events.get(0)).isInstanceOf(LeaseEvent.Removed.class);
        assertThat(events.get(1))
                .isInstanceOfSatisfying(
                        LeaseEvent.Put.class,
                        put -> assertThat(put.lease().words()).isEqualTo("10.5.9.128/25"));
    }

    @Test
    void usesOfALeaseTheFamiliesThatTheNetworkHas() {
        assertThat(view.reset(List.of(lease("10.5.9.0-24&fd00:5:0:9::-64", "192.0.2.9", 1)))
                        .all())
                .extracting(Lease::words)
                .containsExactly("10.5.9.0/24");
        PeerView dual = new PeerView(DUAL, announcement("192.0.2.1"), OWN, new Board());
        assertThat(dual.reset(List.of(
                                lease("10.5.9.0-24&fd00:5:0:9::-64", "192.0.2.9", 1),
                                lease("10.5.8.0-24&fd00:5:0:9::-64", "192.0.2.8", 2)))
                        .all())
                .extracting(Lease::words)
                .containsExactly("10.5.9.0/24 and fd00:5:0:9::/64");
    }

    @Test
    void endsUpWithTheSamePeersByEventsAsByListingAfterRandomChanges() {
        Random random = new Random(5);
        for (int round = 0; round < 200; round++) {
            PeerView following = new PeerView(V4, announcement("192.0.2.1"), OWN, new Board());
            Map<String, SubnetRecord> store = new HashMap<>();
            Peers peers = Believed.after(Believed.NOBODY, following.reset(List.of()));
            for (int revision = 1; revision < 60; revision++) {
                String name = "10.5.%d.0-%d".formatted(random.nextInt(4) * 2, 22 + random.nextInt(3));
                List<LeaseEvent> events = new ArrayList<>();
                SubnetRecord known = store.get(name);
                if (random.nextInt(3) == 0) {
                    store.remove(name);
                    events.addAll(following.remove(name, revision));
                } else {
                    String value = random.nextInt(5) == 0
                            ? "garbage"
                            : "{\"PublicIP\":\"192.0.2.%d\"}".formatted(1 + random.nextInt(3));
                    SubnetRecord record =
                            record(name, value, 7, known == null ? revision : known.createRevision(), revision);
                    store.put(name, record);
                    events.addAll(following.put(record));
                }
                for (LeaseEvent event : events) {
                    peers = Believed.after(peers, event);
                    assertThat(disjoint(peers)).as("after %s", event).isTrue();
                }
                PeerView listing = new PeerView(V4, announcement("192.0.2.1"), OWN, new Board());
                assertThat(Set.copyOf(peers.leases()))
                        .isEqualTo(listing.reset(store.values()).all());
            }
        }
    }

    private static boolean disjoint(Peers peers) {
        List<Cidr> cidrs =
                peers.leases().stream().flatMap(it -> it.cidrs().stream()).collect(Collectors.toList());
        return cidrs.stream().allMatch(a -> cidrs.stream().filter(a::overlaps).count() == 1);
    }
}

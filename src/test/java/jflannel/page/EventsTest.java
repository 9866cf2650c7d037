package jflannel.page;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jflannel.backend.PeerLink;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.json.Json;
import jflannel.kernel.DeviceCounts;
import jflannel.kernelpath.Counts;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import org.junit.jupiter.api.Test;

class EventsTest {
    private static final DeviceCounts COUNTS = new DeviceCounts("flannel.1", true, 1, 20, 3, 40, 5, 6);

    private final Events events = new Events("1.2", "node-1");

    private static Snapshot snapshot(long at, PeerView view) {
        return new Snapshot(
                at,
                Map.of("state", "ready"),
                Optional.ofNullable(view),
                false,
                List.of(COUNTS),
                Map.of(),
                Map.of("strangers", 3L));
    }

    private static Snapshot counting(Map<Ip, Counts> byHost) {
        return new Snapshot(1, Map.of(), Optional.empty(), false, List.of(), byHost, Map.of());
    }

    @Test
    void saysOfPeersThatAreCountedSinglyOnlyWhatHasChanged() {
        Ip one = Ip.parse("192.0.2.2");
        Ip two = Ip.parse("192.0.2.3");
        Map<Ip, Counts> before = Map.of(one, new Counts(1, 10, 2, 20, 0), two, new Counts(1, 1, 1, 1, 0));
        Map<Ip, Counts> after = Map.of(one, new Counts(2, 30, 2, 20, 1), two, new Counts(1, 1, 1, 1, 0));
        assertThat(parsed(null, counting(Map.of())).get("traffic"))
                .containsEntry("byPeer", false)
                .containsEntry("hosts", Map.of());
        Map<String, Object> traffic = parsed(counting(before), counting(after)).get("traffic");
        assertThat(traffic).containsEntry("byPeer", true);
        assertThat(Json.compact(traffic.get("hosts")))
                .isEqualTo("{\"192.0.2.2\":{\"receivedBytes\":20,\"sentBytes\":30,\"wrongSource\":1}}");
    }

    private Map<String, Map<String, Object>> parsed(Snapshot former, Snapshot now) {
        Map<String, Map<String, Object>> byName = new LinkedHashMap<>();
        String text = new String(events.between(former, now), UTF_8);
        assertThat(text).endsWith("\n\n");
        for (String event : text.split("\n\n")) {
            if (event.startsWith("event: ")) {
                String[] lines = event.split("\n");
                assertThat(lines).hasSize(2);
                byName.put(lines[0].substring("event: ".length()), Json.object(lines[1].substring("data: ".length())));
            }
        }
        return byName;
    }

    @Test
    void saysEverythingAtFirst() {
        Map<String, Map<String, Object>> all = parsed(null, snapshot(1, new Sample(3).view()));
        assertThat(all).containsOnlyKeys("status", "peers", "traffic");
        assertThat(all.get("status"))
                .containsEntry("state", "ready")
                .containsEntry("host", "node-1")
                .containsEntry("version", "1.2")
                .containsEntry("networks", List.of("10.0.0.0/8"))
                .containsEntry("subnets", List.of("10.100.1.0/24"))
                .containsEntry("tunnels", List.of("flannel.1"));
        assertThat(all.get("peers")).containsEntry("all", true).containsEntry("gone", List.of());
        assertThat((List<?>) all.get("peers").get("put")).hasSize(3);
        assertThat(Json.compact(all.get("traffic")))
                .contains("\"at\":1", "\"device\":\"flannel.1\"", "\"receivedBytes\":20", "\"strangers\":3");
    }

    @Test
    void saysLaterOnlyWhatHasChanged() {
        Sample sample = new Sample(3);
        Snapshot before = snapshot(1, sample.view());
        assertThat(parsed(before, snapshot(2, sample.view()))).containsOnlyKeys("traffic");
        sample.replace(Sample.broken(3, "its VNI is 2"));
        List<Peer> fewer = new ArrayList<>(sample.view().peers());
        fewer.removeIf(peer -> peer.lease().equals(Sample.lease(4)));
        PeerView last = sample.view();
        PeerView now = new PeerView(last.networks(), last.own(), last.tunnels(), last.uplinks(), fewer);
        Map<String, Map<String, Object>> changes = parsed(before, snapshot(2, now));
        assertThat(changes).containsOnlyKeys("peers", "traffic");
        assertThat(Json.compact(changes.get("peers")))
                .contains("\"all\":false", "\"gone\":[\"10.100.4.0/24\"]", "\"state\":\"failed\"")
                .contains("\"why\":\"its VNI is 2\"")
                .doesNotContain("10.100.2.0");
    }

    @Test
    void showsAPeerWithAllThatIsKnownOfIt() {
        Lease lease = new Lease(
                List.of(Cidr.parse("10.5.2.0/24"), Cidr.parse("fd00:5:2::/64")),
                new Announcement(Map.of(Family.IPV4, Ip.parse("192.0.2.2")), "", Map.of()));
        Peer peer =
                new Peer(lease, new PeerLink(PeerLink.Kind.DIRECT, "no CAP_BPF"), true, "it may lead elsewhere", true);
        PeerView view = new PeerView(List.of(), Sample.lease(1), java.util.Set.of(), java.util.Set.of(), List.of(peer));
        assertThat(Json.compact(parsed(null, snapshot(1, view)).get("peers").get("put")))
                .isEqualTo("[{\"backend\":\"\",\"backendData\":[],\"daemon\":\"no CAP_BPF\",\"held\":true,"
                        + "\"key\":\"10.5.2.0/24 fd00:5:2::/64\",\"link\":\"direct\",\"publicIps\":[\"192.0.2.2\"],"
                        + "\"state\":\"programmed\",\"subnets\":[\"10.5.2.0/24\",\"fd00:5:2::/64\"],"
                        + "\"why\":\"it may lead elsewhere\"}]");
    }

    @Test
    void noTextOfOthersBecomesAnEventOrControlsAnything() {
        Snapshot hostile = snapshot(1, new Sample(0).view());
        Sample sample = new Sample(1);
        sample.replace(Sample.broken(2, "x\n\nevent: status\ndata: {}\u202e\u0000"));
        String text = new String(events.between(hostile, snapshot(2, sample.view())), UTF_8);
        assertThat(text.lines().filter(line -> line.startsWith("event: "))).hasSize(2);
        assertThat(text).doesNotContain("event: status\ndata: {}", "\u202e", "\u0000");
    }

    @Test
    void isSilentAboutPeersBeforeTheFirstPass() {
        assertThat(parsed(null, snapshot(1, null))).containsOnlyKeys("status", "traffic");
    }
}

package jflannel.page;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import jflannel.backend.PeerLink;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.json.Json;
import jflannel.kernelpath.Counts;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;

/// A node with some peers, for tests of the page.
final class Sample implements NodeSource {
    private static final PeerLink TUNNEL = new PeerLink(PeerLink.Kind.TUNNEL, "");

    private final List<Peer> peers = new ArrayList<>();
    private Map<Ip, Counts> counts = Map.of();
    private long passes = 1;
    private int requests;

    /// @param count at most 60,000
    Sample(int count) {
        IntStream.rangeClosed(2, count + 1).mapToObj(Sample::peer).forEach(peers::add);
    }

    static Peer peer(int number) {
        return new Peer(lease(number), TUNNEL, true, "", false);
    }

    static Lease lease(int number) {
        return new Lease(
                List.of(Cidr.parse("10.%d.%d.0/24".formatted(100 + number / 256, number % 256))),
                new Announcement(
                        Map.of(Family.IPV4, Ip.parse("192.168.%d.%d".formatted(number / 256, number % 256))),
                        "vxlan",
                        Map.of(Family.IPV4, "{\"VNI\":1,\"VtepMAC\":\"82:4b:b6:2f:54:4e\"}")));
    }

    static Peer broken(int number, String why) {
        return new Peer(lease(number), TUNNEL, false, why, false);
    }

    synchronized void replace(Peer peer) {
        peers.removeIf(it -> it.lease().key().equals(peer.lease().key()));
        peers.add(peer);
        passes++;
    }

    synchronized int requests() {
        return requests;
    }

    synchronized PeerView view() {
        return new PeerView(List.of(Cidr.parse("10.0.0.0/8")), lease(1), Set.of("flannel.1"), Set.of("eth0"), peers);
    }

    @Override
    public synchronized long passes() {
        return passes;
    }

    @Override
    public void request(Consumer<PeerView> then) {
        synchronized (this) {
            requests++;
        }
        then.accept(view());
    }

    /// A packet to any address is the same, as `flannel trace -o json` prints it; one to port 81 does not arrive.
    @Override
    public Map<String, Object> way(WayQuery query) throws IOException {
        try (InputStream in = Sample.class.getResourceAsStream(query.port() == 81 ? "broken.json" : "arrives.json")) {
            return Json.object(new String(in.readAllBytes(), UTF_8));
        }
    }

    @Override
    public synchronized Map<Ip, Counts> countsByHost() {
        return counts;
    }

    synchronized void count(Map<Ip, Counts> now) {
        counts = now;
    }

    @Override
    public Map<String, Long> filtered() {
        return Map.of("strangers", 3L);
    }
}

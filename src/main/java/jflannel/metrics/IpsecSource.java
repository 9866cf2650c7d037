package jflannel.metrics;

import java.util.Map;
import java.util.function.Supplier;
import jflannel.ip.Cidr;
import jflannel.ipsec.SecurityAssociation;

/// How it stands with the peers' keys. Empty with other backends than ipsec.
///
/// @param states by the peers' subnets
public record IpsecSource(Supplier<Map<Cidr, SecurityAssociation>> states) implements Source {
    /// Prometheus keeps each peer's numbers of each node.
    private static final int MOST_PEERS = 200;

    @Override
    public void read(Readings readings) {
        Map<Cidr, SecurityAssociation> now = states.get();
        if (now.isEmpty()) {
            return;
        }
        readings.put(
                Metric.IPSEC_PEERS_LACKING,
                now.values().stream().filter(state -> !state.up()).count());
        now.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .limit(MOST_PEERS)
                .forEach(peer -> read(readings, peer.getKey().toString(), peer.getValue()));
    }

    private static void read(Readings readings, String subnet, SecurityAssociation state) {
        readings.put(Metric.IPSEC_PEER_UP, state.up() ? 1 : 0, subnet);
        readings.put(Metric.IPSEC_PEER_SECONDS, state.seconds(), subnet);
        readings.put(Metric.IPSEC_PEER_BYTES, state.bytesOut(), subnet, "out");
        readings.put(Metric.IPSEC_PEER_BYTES, state.bytesIn(), subnet, "in");
    }
}

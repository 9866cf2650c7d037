package jflannel.metrics;

import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import jflannel.dataplane.Counter;
import jflannel.kernelpath.Counts;
import jflannel.kernelpath.Tally;

/// What the packet loops of the udp backend and the kernel's programs count. Empty with other backends.
///
/// @param counters of the loops
/// @param kernel of the kernel's programs
public record UdpSource(Supplier<Map<Counter, Long>> counters, Supplier<Optional<Tally>> kernel) implements Source {
    /// Prometheus keeps each peer's counts of each node: in a cluster of 5,000 nodes, that would be 25 million.
    private static final int MOST_PEERS = 200;

    private static final String SENT = "kernel_sent";
    private static final String RECEIVED = "kernel_received";

    @Override
    public void read(Readings readings) {
        Optional<Tally> byKernel = kernel.get();
        counters.get()
                .forEach((counter, count) -> read(
                        readings,
                        counter,
                        count + byKernel.map(tally -> same(counter, tally)).orElse(0L)));
        byKernel.ifPresent(tally -> read(readings, tally));
    }

    /// What the programs count that means the same.
    private static long same(Counter counter, Tally tally) {
        return switch (counter) {
            case IN_WRONG_SOURCE -> tally.wrongSource();
            case OUT_REFUSED -> tally.refusedOut();
            case IN_REFUSED -> tally.refusedIn();
            default -> 0;
        };
    }

    private static void read(Readings readings, Tally tally) {
        readings.put(Metric.UDP_PACKETS, tally.all().sentPackets(), SENT);
        readings.put(Metric.UDP_BYTES, tally.all().sentBytes(), SENT);
        readings.put(Metric.UDP_PACKETS, tally.all().receivedPackets(), RECEIVED);
        readings.put(Metric.UDP_BYTES, tally.all().receivedBytes(), RECEIVED);
        tally.bySubnet().entrySet().stream()
                .limit(MOST_PEERS)
                .forEach(peer -> read(readings, peer.getKey().toString(), peer.getValue()));
    }

    private static void read(Readings readings, String subnet, Counts counts) {
        readings.put(Metric.UDP_PEER_PACKETS, counts.sentPackets(), subnet, SENT);
        readings.put(Metric.UDP_PEER_BYTES, counts.sentBytes(), subnet, SENT);
        readings.put(Metric.UDP_PEER_PACKETS, counts.receivedPackets(), subnet, RECEIVED);
        readings.put(Metric.UDP_PEER_BYTES, counts.receivedBytes(), subnet, RECEIVED);
    }

    private static void read(Readings readings, Counter counter, long count) {
        switch (counter) {
            case TUN_READ_PACKETS -> readings.put(Metric.UDP_PACKETS, count, "tun_read");
            case TUN_READ_BYTES -> readings.put(Metric.UDP_BYTES, count, "tun_read");
            case TUN_READ_SUPER_PACKETS -> readings.put(Metric.UDP_SUPER_PACKETS, count, "tun_read");
            case UDP_SENT_PACKETS -> readings.put(Metric.UDP_PACKETS, count, "udp_sent");
            case UDP_SENT_BYTES -> readings.put(Metric.UDP_BYTES, count, "udp_sent");
            case UDP_SENT_TRAINS -> readings.put(Metric.UDP_TRAINS, count, "udp_sent");
            case UDP_SEND_CALLS -> readings.put(Metric.UDP_CALLS, count, "udp_sent");
            case UDP_RECEIVED_PACKETS -> readings.put(Metric.UDP_PACKETS, count, "udp_received");
            case UDP_RECEIVED_BYTES -> readings.put(Metric.UDP_BYTES, count, "udp_received");
            case UDP_RECEIVED_TRAINS -> readings.put(Metric.UDP_TRAINS, count, "udp_received");
            case UDP_RECEIVE_CALLS -> readings.put(Metric.UDP_CALLS, count, "udp_received");
            case UDP_LOST_PACKETS -> readings.put(Metric.UDP_PACKETS, count, "udp_lost");
            case TUN_WRITTEN_PACKETS -> readings.put(Metric.UDP_PACKETS, count, "tun_written");
            case TUN_WRITTEN_BYTES -> readings.put(Metric.UDP_BYTES, count, "tun_written");
            case TUN_WRITTEN_SUPER_PACKETS -> readings.put(Metric.UDP_SUPER_PACKETS, count, "tun_written");
            case OUT_MALFORMED -> readings.put(Metric.UDP_DROPPED, count, "out", "malformed");
            case OUT_MULTICAST -> readings.put(Metric.UDP_DROPPED, count, "out", "multicast");
            case OUT_NO_PEER -> readings.put(Metric.UDP_DROPPED, count, "out", "no_peer");
            case OUT_EXPIRED -> readings.put(Metric.UDP_DROPPED, count, "out", "expired");
            case OUT_TOO_BIG -> readings.put(Metric.UDP_DROPPED, count, "out", "too_big");
            case OUT_NO_SOCKET -> readings.put(Metric.UDP_DROPPED, count, "out", "no_socket");
            case OUT_CONGESTED -> readings.put(Metric.UDP_DROPPED, count, "out", "congested");
            case OUT_REFUSED -> readings.put(Metric.UDP_DROPPED, count, "out", "refused");
            case IN_MALFORMED -> readings.put(Metric.UDP_DROPPED, count, "in", "malformed");
            case IN_WRONG_SOURCE -> readings.put(Metric.UDP_DROPPED, count, "in", "wrong_source");
            case IN_EXPIRED -> readings.put(Metric.UDP_DROPPED, count, "in", "expired");
            case IN_DEVICE_DOWN -> readings.put(Metric.UDP_DROPPED, count, "in", "device_down");
            case IN_REFUSED -> readings.put(Metric.UDP_DROPPED, count, "in", "refused");
            case ICMP_SENT -> readings.put(Metric.UDP_ICMP, count, "sent");
            case ICMP_LIMITED -> readings.put(Metric.UDP_ICMP, count, "limited");
            case ICMP_REFUSED -> readings.put(Metric.UDP_ICMP, count, "refused");
            case READ_ERRORS -> readings.put(Metric.UDP_READ_ERRORS, count);
        }
    }
}

package jflannel.lab.bench;

import static jflannel.lab.bench.BenchMetric.Sense.DETAIL;
import static jflannel.lab.bench.BenchMetric.Sense.LESS;
import static jflannel.lab.bench.BenchMetric.Sense.LOSS;
import static jflannel.lab.bench.BenchMetric.Sense.MORE;

/// What is measured. The order is that of the reports.
enum BenchMetric {
    /// Payload that arrived over one TCP connection.
    TCP_ONE("tcp-1", "TCP, one stream", "Gbit/s", MORE),
    /// As [#TCP_ONE], by the first connection after flanneld has started on both nodes: Java has compiled nothing yet.
    TCP_COLD("tcp-1-cold", "TCP, cold", "Gbit/s", MORE),
    /// As [#TCP_ONE], by four connections together.
    TCP_FOUR("tcp-4", "TCP, four streams", "Gbit/s", MORE),

    /// Datagrams that a sender without a limit handed to its kernel.
    UDP_64_SENT("udp-64-sent", "UDP 64 B, sent", "k packets/s", DETAIL),
    /// Those of them that the receiving program got.
    UDP_64_RECEIVED("udp-64-received", "UDP 64 B, received", "k packets/s", MORE),
    /// The share that it did not get.
    UDP_64_LOSS("udp-64-loss", "UDP 64 B, lost", "%", LOSS),

    /// As [#UDP_64_SENT], with a payload of 512 bytes.
    UDP_512_SENT("udp-512-sent", "UDP 512 B, sent", "k packets/s", DETAIL),
    /// As [#UDP_64_RECEIVED], with a payload of 512 bytes.
    UDP_512_RECEIVED("udp-512-received", "UDP 512 B, received", "k packets/s", MORE),
    /// As [#UDP_64_LOSS], with a payload of 512 bytes.
    UDP_512_LOSS("udp-512-loss", "UDP 512 B, lost", "%", LOSS),

    /// As [#UDP_64_SENT], with a payload of 1400 bytes.
    UDP_1400_SENT("udp-1400-sent", "UDP 1400 B, sent", "k packets/s", DETAIL),
    /// As [#UDP_64_RECEIVED], with a payload of 1400 bytes.
    UDP_1400_RECEIVED("udp-1400-received", "UDP 1400 B, received", "k packets/s", MORE),
    /// As [#UDP_64_LOSS], with a payload of 1400 bytes.
    UDP_1400_LOSS("udp-1400-loss", "UDP 1400 B, lost", "%", LOSS),

    /// Round-trip time that half of the pings stayed below, on an idle network.
    PING_HALF("ping-p50", "ping, p50", "ms", LESS),
    /// Round-trip time that 99 of 100 pings stayed below, on an idle network.
    PING_MOST("ping-p99", "ping, p99", "ms", LESS),
    /// As [#PING_HALF], of a byte over a TCP connection and its answer, one after the other.
    REQUEST_HALF("tcp-rr-p50", "TCP request, p50", "ms", LESS),
    /// As [#PING_MOST], for these.
    REQUEST_MOST("tcp-rr-p99", "TCP request, p99", "ms", LESS),
    /// TCP connections that began and ended.
    CONNECTIONS("tcp-connections", "TCP connections", "k/s", MORE),
    /// Processor time that both ends, and the packets on their way, used for each of them.
    CONNECTION_CPU("cpu-connection", "CPU, TCP connection", "µs", LESS),
    /// As [#PING_HALF], while one TCP stream takes all that it can get.
    LOADED_PING_HALF("loaded-ping-p50", "ping under load, p50", "ms", LESS),
    /// As [#PING_MOST], while one TCP stream takes all that it can get.
    LOADED_PING_MOST("loaded-ping-p99", "ping under load, p99", "ms", LESS),

    /// Processor time that the whole machine used during [#TCP_ONE], for each gigabit (10⁹ bits) that arrived. The
    /// machine is both nodes, the link, and iperf3 at both ends.
    CPU("cpu", "CPU, all of it", "s/Gbit", LESS),
    /// The part of [#CPU] that both iperf3 used, which includes what the kernel does with the packets on their time.
    /// Others' load does not show in it.
    CPU_IPERF("cpu-iperf3", "CPU, both iperf3", "s/Gbit", LESS),
    /// The part of [#CPU] that the two flanneld used.
    CPU_FLANNELD("cpu-flanneld", "CPU, both flanneld", "s/Gbit", DETAIL),

    /// Memory that a flanneld uses (its resident set), the larger of the two.
    MEMORY_FLANNELD("memory-flanneld", "memory, flanneld", "MB", DETAIL),
    /// The share that got lost of what a hundred concurrent UDP flows offered at a rate that all backends should
    /// bear.
    FLOWS_LOSS("flows-loss", "100 UDP flows, lost", "%", LOSS);

    /// Which values are good ones.
    enum Sense {
        MORE,
        LESS,
        /// Less is better, and none is best: ratios say nothing.
        LOSS,
        /// Explains another metric: by itself it is neither good nor bad, and ratios say nothing.
        DETAIL
    }

    private final String key;
    private final String title;
    private final String unit;
    private final Sense sense;

    BenchMetric(String key, String title, String unit, Sense sense) {
        this.key = key;
        this.title = title;
        this.unit = unit;
        this.sense = sense;
    }

    /// The name in JSON.
    String key() {
        return key;
    }

    /// The name for people.
    String title() {
        return title;
    }

    String unit() {
        return unit;
    }

    boolean moreIsBetter() {
        return sense == MORE;
    }

    /// False where the ratio of two backends means nothing.
    boolean hasRatios() {
        return sense == MORE || sense == LESS;
    }
}

package jflannel.lab.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// One question that is asked of every contender in turn.
///
/// @param main the metric that tells most, for a running commentary
/// @param seconds how long it takes, about
record Probe(String title, BenchMetric main, double seconds, Question question) {
    private static final int PINGS_PER_SECOND = 200;
    private static final int FLOWS = 100;
    /// Payload of each flow, in bits a second. Together they offer 400 Mbit/s, 36,000 packets a second: what a
    /// tunnel in user space can bear when it does its work well.
    private static final String FLOW_RATE = "4M";

    private static final int FLOW_PAYLOAD = 1400;
    /// What iperf3 takes to connect, to end and to tell.
    private static final double OVERHEAD_SECONDS = 0.35;
    /// What flanneld takes to end and to start.
    private static final double RESTART_SECONDS = 1.5;

    /// Asks, and waits for the answers.
    @FunctionalInterface
    interface Question {
        Map<BenchMetric, Double> ask(TestBed bed) throws IOException;
    }

    /// All of them.
    ///
    /// @param seconds that each lasts
    /// @param tcp options of iperf3 for its TCP streams
    static List<Probe> all(int seconds, List<String> tcp) {
        return List.of(
                lasting(seconds, "TCP, one stream", BenchMetric.TCP_ONE, bed -> oneStream(bed, seconds, tcp)),
                lasting(seconds, "TCP, four streams", BenchMetric.TCP_FOUR, bed -> fourStreams(bed, seconds, tcp)),
                udp(seconds, 64, BenchMetric.UDP_64_SENT, BenchMetric.UDP_64_RECEIVED, BenchMetric.UDP_64_LOSS),
                udp(seconds, 512, BenchMetric.UDP_512_SENT, BenchMetric.UDP_512_RECEIVED, BenchMetric.UDP_512_LOSS),
                udp(seconds, 1400, BenchMetric.UDP_1400_SENT, BenchMetric.UDP_1400_RECEIVED, BenchMetric.UDP_1400_LOSS),
                lasting(seconds, FLOWS + " UDP flows", BenchMetric.FLOWS_LOSS, bed -> flows(bed, seconds)),
                new Probe("ping", BenchMetric.PING_HALF, seconds, bed -> {
                    PingTimes times = bed.ping(seconds * PINGS_PER_SECOND);
                    return times(times, BenchMetric.PING_HALF, BenchMetric.PING_MOST);
                }),
                lasting(seconds, "TCP request", BenchMetric.REQUEST_HALF, bed -> {
                    PingTimes times = bed.requests(seconds);
                    return times(times, BenchMetric.REQUEST_HALF, BenchMetric.REQUEST_MOST);
                }),
                lasting(seconds, "TCP connections", BenchMetric.CONNECTIONS, bed -> connections(bed, seconds)),
                new Probe("ping under load", BenchMetric.LOADED_PING_HALF, seconds + 1.5, bed -> {
                    PingTimes times = bed.pingUnderLoad(seconds * PINGS_PER_SECOND, tcp);
                    return times(times, BenchMetric.LOADED_PING_HALF, BenchMetric.LOADED_PING_MOST);
                }));
    }

    private static Probe lasting(int seconds, String title, BenchMetric main, Question question) {
        return new Probe(title, main, seconds + OVERHEAD_SECONDS, question);
    }

    /// One stream as [BenchMetric#TCP_COLD] means it.
    static Map<BenchMetric, Double> cold(TestBed bed, int seconds, List<String> tcp) throws IOException {
        bed.restart();
        return Map.of(BenchMetric.TCP_COLD, bed.iperf(seconds, tcp).gigabitsPerSecond());
    }

    /// Lets Java compile the code that packets pass, and every host learn its neighbours' addresses.
    static void warmUp(TestBed bed, List<String> tcp) throws IOException {
        boolean daemon = bed.contender().isCarriedByDaemon();
        bed.iperf(daemon ? 4 : 1, tcp);
        if (daemon) {
            bed.iperf(2, unlimited(64));
            bed.iperf(1, unlimited(1400));
        }
    }

    /// How long [#cold], for a second, and [#warmUp] take.
    static double warmUpSeconds(Contender contender) {
        double cold = 1 + OVERHEAD_SECONDS + (contender.equals(Contender.DIRECT) ? 0 : RESTART_SECONDS);
        return cold + (contender.isCarriedByDaemon() ? 7 + 3 * OVERHEAD_SECONDS : 1 + OVERHEAD_SECONDS);
    }

    private static Map<BenchMetric, Double> oneStream(TestBed bed, int seconds, List<String> tcp) throws IOException {
        CpuTimes before = CpuTimes.read();
        double daemonsBefore = bed.flanneldSeconds();
        IperfReport report = bed.iperf(seconds, tcp);
        double busy = CpuTimes.read().since(before).busy();
        double daemons = bed.flanneldSeconds() - daemonsBefore;
        return Map.of(
                BenchMetric.TCP_ONE,
                report.gigabitsPerSecond(),
                BenchMetric.CPU,
                busy / report.gigabits(),
                BenchMetric.CPU_IPERF,
                report.cpuSeconds() / report.gigabits(),
                BenchMetric.CPU_FLANNELD,
                daemons / report.gigabits(),
                BenchMetric.MEMORY_FLANNELD,
                bed.flanneldBytes() / 1e6);
    }

    private static Map<BenchMetric, Double> fourStreams(TestBed bed, int seconds, List<String> tcp) throws IOException {
        List<String> options = new ArrayList<>(tcp);
        options.add("--parallel=4");
        return Map.of(BenchMetric.TCP_FOUR, bed.iperf(seconds, options).gigabitsPerSecond());
    }

    private static Probe udp(int seconds, int payload, BenchMetric sent, BenchMetric received, BenchMetric loss) {
        return lasting(seconds, "UDP " + payload + " B", received, bed -> {
            IperfReport report = bed.iperf(seconds, unlimited(payload));
            return Map.of(
                    sent, report.packetsSentPerSecond() / 1000,
                    received, report.packetsReceivedPerSecond(payload) / 1000,
                    loss, report.lossPercent(payload));
        });
    }

    private static List<String> unlimited(int payload) {
        return List.of("--udp", "--bitrate=0", "--length=" + payload);
    }

    private static Map<BenchMetric, Double> flows(TestBed bed, int seconds) throws IOException {
        IperfReport report = bed.iperf(
                seconds, List.of("--udp", "--bitrate=" + FLOW_RATE, "--parallel=" + FLOWS, "--length=" + FLOW_PAYLOAD));
        return Map.of(BenchMetric.FLOWS_LOSS, report.lossPercent(FLOW_PAYLOAD));
    }

    private static Map<BenchMetric, Double> connections(TestBed bed, int seconds) throws IOException {
        ConnectionRate rate = bed.connections(seconds);
        return Map.of(BenchMetric.CONNECTIONS, rate.perSecond() / 1000, BenchMetric.CONNECTION_CPU, rate.cpuMicros());
    }

    private static Map<BenchMetric, Double> times(PingTimes times, BenchMetric half, BenchMetric most) {
        Map<BenchMetric, Double> measured = new EnumMap<>(BenchMetric.class);
        measured.put(half, times.percentile(50));
        measured.put(most, times.percentile(99));
        return measured;
    }
}

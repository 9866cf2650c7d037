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
record Probe(String title, Metric main, double seconds, Question question) {
    private static final int PINGS_PER_SECOND = 200;
    private static final int FLOWS = 100;
    /// Payload of each flow, in bits a second. Together they offer 400 Mbit/s, 36,000 packets a second: what a tunnel
    /// in user space can bear when it does its work well.
    private static final String FLOW_RATE = "4M";

    private static final int FLOW_PAYLOAD = 1400;
    /// What iperf3 takes to connect, to end and to tell.
    private static final double OVERHEAD_SECONDS = 0.3;

    /// Asks, and waits for the answers.
    @FunctionalInterface
    interface Question {
        Map<Metric, Double> ask(Track track) throws IOException;
    }

    /// All of them.
    ///
    /// @param seconds that each lasts
    /// @param tcp options of iperf3 for its TCP streams
    static List<Probe> all(int seconds, List<String> tcp) {
        return List.of(
                lasting(seconds, "TCP, one stream", Metric.TCP_ONE, track -> oneStream(track, seconds, tcp)),
                lasting(seconds, "TCP, four streams", Metric.TCP_FOUR, track -> fourStreams(track, seconds, tcp)),
                udp(seconds, 64, Metric.UDP_64_SENT, Metric.UDP_64_RECEIVED, Metric.UDP_64_LOSS),
                udp(seconds, 512, Metric.UDP_512_SENT, Metric.UDP_512_RECEIVED, Metric.UDP_512_LOSS),
                udp(seconds, 1400, Metric.UDP_1400_SENT, Metric.UDP_1400_RECEIVED, Metric.UDP_1400_LOSS),
                lasting(seconds, FLOWS + " UDP flows", Metric.FLOWS_LOSS, track -> flows(track, seconds)),
                new Probe("ping", Metric.PING_HALF, seconds, track -> {
                    PingTimes times = track.ping(seconds * PINGS_PER_SECOND);
                    return times(times, Metric.PING_HALF, Metric.PING_MOST);
                }),
                new Probe("ping under load", Metric.LOADED_PING_HALF, seconds + 1.5, track -> {
                    PingTimes times = track.pingUnderLoad(seconds * PINGS_PER_SECOND, tcp);
                    return times(times, Metric.LOADED_PING_HALF, Metric.LOADED_PING_MOST);
                }));
    }

    private static Probe lasting(int seconds, String title, Metric main, Question question) {
        return new Probe(title, main, seconds + OVERHEAD_SECONDS, question);
    }

    /// Lets Java compile the code that packets pass, and every host learn its neighbours' addresses.
    static void warmUp(Track track, List<String> tcp) throws IOException {
        boolean daemon = track.contender().isCarriedByDaemon();
        track.iperf(daemon ? 4 : 1, tcp);
        if (daemon) {
            track.iperf(2, unlimited(64));
            track.iperf(1, unlimited(1400));
        }
    }

    /// How long [#warmUp] takes.
    static double warmUpSeconds(Contender contender) {
        return contender.isCarriedByDaemon() ? 7 + 3 * OVERHEAD_SECONDS : 1 + OVERHEAD_SECONDS;
    }

    private static Map<Metric, Double> oneStream(Track track, int seconds, List<String> tcp) throws IOException {
        CpuClock before = CpuClock.read();
        double daemonsBefore = track.flanneldSeconds();
        IperfReport report = track.iperf(seconds, tcp);
        double busy = CpuClock.read().since(before).busy();
        double daemons = track.flanneldSeconds() - daemonsBefore;
        return Map.of(
                Metric.TCP_ONE, report.gigabitsPerSecond(),
                Metric.CPU, busy / report.gigabits(),
                Metric.CPU_FLANNELD, daemons / report.gigabits());
    }

    private static Map<Metric, Double> fourStreams(Track track, int seconds, List<String> tcp) throws IOException {
        List<String> options = new ArrayList<>(tcp);
        options.add("--parallel=4");
        return Map.of(Metric.TCP_FOUR, track.iperf(seconds, options).gigabitsPerSecond());
    }

    private static Probe udp(int seconds, int payload, Metric sent, Metric received, Metric loss) {
        return lasting(seconds, "UDP " + payload + " B", received, track -> {
            IperfReport report = track.iperf(seconds, unlimited(payload));
            return Map.of(
                    sent, report.packetsSentPerSecond() / 1000,
                    received, report.packetsReceivedPerSecond(payload) / 1000,
                    loss, report.lossPercent(payload));
        });
    }

    private static List<String> unlimited(int payload) {
        return List.of("--udp", "--bitrate=0", "--length=" + payload);
    }

    private static Map<Metric, Double> flows(Track track, int seconds) throws IOException {
        IperfReport report = track.iperf(
                seconds, List.of("--udp", "--bitrate=" + FLOW_RATE, "--parallel=" + FLOWS, "--length=" + FLOW_PAYLOAD));
        return Map.of(Metric.FLOWS_LOSS, report.lossPercent(FLOW_PAYLOAD));
    }

    private static Map<Metric, Double> times(PingTimes times, Metric half, Metric most) {
        Map<Metric, Double> measured = new EnumMap<>(Metric.class);
        measured.put(half, times.percentile(50));
        measured.put(most, times.percentile(99));
        return measured;
    }
}

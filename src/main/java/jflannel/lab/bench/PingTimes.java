package jflannel.lab.bench;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.DoubleStream;
import jflannel.lab.Ping;

/// The round-trip times of many pings.
///
/// @param sent how many were asked for
/// @param sorted times in milliseconds of those that came back, ascending
record PingTimes(int sent, List<Double> sorted) {
    private static final Pattern TIME = Pattern.compile(" time=([\\d.]+) ms");

    /// @param output all that ping printed
    static PingTimes parse(String output) {
        return new PingTimes(
                Ping.of(output).sent(),
                TIME.matcher(output)
                        .results()
                        .map(match -> Double.valueOf(match.group(1)))
                        .sorted()
                        .toList());
    }

    /// None of which was lost.
    static PingTimes of(double[] times) {
        return new PingTimes(
                times.length, DoubleStream.of(times).sorted().boxed().toList());
    }

    /// The time in milliseconds that `percent` of all pings did not exceed (nearest rank). A lost ping counts as
    /// infinite, so that it does not make the others look fast.
    double percentile(double percent) {
        int rank = Math.max(1, (int) Math.ceil(percent / 100 * sent));
        return rank <= sorted.size() ? sorted.get(rank - 1) : Double.POSITIVE_INFINITY;
    }
}

package jflannel.lab;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The summary that `ping` prints at its end.
///
/// @param averageMillis round-trip time, -1 if nothing came back
public record Ping(int sent, int received, double averageMillis) {
    private static final Pattern COUNTS = Pattern.compile("(\\d+) packets transmitted, (\\d+) (?:packets )?received");
    private static final Pattern TIMES = Pattern.compile("(?:rtt|round-trip) min/avg/max\\S* = [\\d.]+/([\\d.]+)/");

    /// @param output all that ping printed; without its summary nothing was sent
    public static Ping of(String output) {
        Matcher counts = COUNTS.matcher(output);
        Matcher times = TIMES.matcher(output);
        return counts.find()
                ? new Ping(
                        Integer.parseInt(counts.group(1)),
                        Integer.parseInt(counts.group(2)),
                        times.find() ? Double.parseDouble(times.group(1)) : -1)
                : new Ping(0, 0, -1);
    }

    public int lost() {
        return sent - received;
    }
}

package jflannel.lab.faults;

import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import jflannel.lab.LabHost;
import jflannel.lab.LabProcess;
import jflannel.linux.Command;

/// A flood of pings between two pods during a fault.
final class PingFlood {
    static final int PER_SECOND = 200;
    static final int INTERVAL_MILLIS = 1000 / PER_SECOND;

    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static final Pattern ANSWER = Pattern.compile("icmp_seq=(\\d+) ttl=");
    private static final int MOST_SECONDS = 600;
    private static final int END_SECONDS = 10;

    private final LabProcess ping;

    /// The result. Packets after the last answer do not count, because they were still under way.
    ///
    /// @param sent up to the last answer
    /// @param lost of these
    /// @param longestGap the longest run of lost ones
    record Count(int sent, int lost, int longestGap) {
        static final Count NONE = new Count(0, 0, 0);

        int lostMillis() {
            return lost * INTERVAL_MILLIS;
        }

        Count plus(Count other) {
            return new Count(sent + other.sent, lost + other.lost, Math.max(longestGap, other.longestGap));
        }

        static Count of(List<Integer> answered) {
            BitSet seen = new BitSet();
            answered.forEach(seen::set);
            int sent = Math.max(0, seen.length() - 1); // they count from 1
            int gap = 0;
            int longest = 0;
            for (int i = 1; i <= sent; i++) {
                gap = seen.get(i) ? 0 : gap + 1;
                longest = Math.max(longest, gap);
            }
            return new Count(sent, sent - seen.cardinality(), longest);
        }
    }

    PingFlood(LabHost from, String to) throws IOException {
        ping = from.start(
                "flood-" + NUMBER.incrementAndGet() + ".log",
                "ping",
                "-n",
                "-i",
                String.valueOf(INTERVAL_MILLIS / 1000.0),
                "-c",
                String.valueOf(PER_SECOND * MOST_SECONDS),
                "-W",
                "1",
                to);
    }

    /// Stops sending and counts.
    Count end() throws IOException {
        Command.run("kill", "-INT", String.valueOf(ping.pid()));
        ping.await(END_SECONDS);
        List<Integer> answered = new ArrayList<>();
        for (MatchResult answer : ANSWER.matcher(ping.output()).results().toList()) {
            answered.add(Integer.valueOf(answer.group(1)));
        }
        return Count.of(answered);
    }
}

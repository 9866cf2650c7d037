package jflannel.daemon;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import jflannel.ip.Family;
import jflannel.lab.Lab;
import jflannel.lab.LabHost;
import jflannel.lab.LabProcess;
import jflannel.lab.Patience;

/// Pings from one host of a lab to another that run while something is done to the cluster.
final class Traffic {
    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static final Pattern ANSWER = Pattern.compile("icmp_seq=(\\d+) ttl=");
    /// Fewer in an emulated machine: WireGuard holds back 128 packets for a peer, and the rest is lost.
    static final int PER_SECOND = 200 / Patience.seconds(1);

    private final LabProcess ping;

    /// What came of it.
    ///
    /// @param received how many answers came
    /// @param lost how many did not, of those before the last answer: the rest were still on their way at the end
    record Count(int received, int lost) {}

    /// Starts to ping from node `from`'s pod to node `to`'s, for `seconds` or until it is [#end]ed.
    Traffic(Lab lab, int from, int to, int seconds) throws IOException {
        this(lab.pod(from), lab.node(to).podAddress(Family.IPV4).toString(), seconds);
    }

    Traffic(LabHost from, String target, int seconds) throws IOException {
        ping = from.start(
                "ping-" + NUMBER.incrementAndGet() + ".log",
                "ping",
                "-n",
                "-i",
                String.valueOf(1.0 / PER_SECOND),
                "-c",
                String.valueOf(PER_SECOND * seconds),
                "-W",
                "1",
                target);
    }

    /// Stops sending and counts.
    Count end() throws IOException {
        new ProcessBuilder("kill", "-INT", String.valueOf(ping.pid())).start();
        ping.await(10);
        List<Integer> answered = ANSWER.matcher(ping.output())
                .results()
                .map(match -> Integer.valueOf(match.group(1)))
                .distinct()
                .sorted()
                .toList();
        int last = answered.isEmpty() ? 0 : answered.getLast();
        return new Count(answered.size(), last - answered.size());
    }
}

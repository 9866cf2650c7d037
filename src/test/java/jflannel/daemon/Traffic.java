package jflannel.daemon;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import jflannel.ip.Family;
import jflannel.lab.Lab;
import jflannel.lab.LabProcess;
import jflannel.lab.Ping;

/// Pings from one pod of a lab to another that run while something is done to the cluster.
final class Traffic {
    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static final int PER_SECOND = 200;

    private final LabProcess ping;

    /// Starts to ping from node `from`'s pod to node `to`'s, for `seconds` or until it is [#end]ed.
    Traffic(Lab lab, int from, int to, int seconds) throws IOException {
        String target = lab.node(to).podAddress(Family.IPV4).toString();
        ping = lab.pod(from)
                .start(
                        "ping-" + NUMBER.incrementAndGet() + ".log",
                        "ping",
                        "-q",
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
    Ping end() throws IOException {
        new ProcessBuilder("kill", "-INT", String.valueOf(ping.pid())).start();
        ping.await(10);
        return Ping.of(ping.output());
    }
}

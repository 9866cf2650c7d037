package jflannel.lab.faults;

import java.io.IOException;
import jflannel.ip.Family;
import jflannel.ip.Ip;

/// Pods that talk to each other in one address family, by pings and over TCP, from when it is made.
final class PodTraffic implements AutoCloseable {
    private final Family family;
    private final PingFlood pings;
    private final TcpStream tcp;

    PodTraffic(LabCluster cluster, Family family) throws IOException {
        this.family = family;
        Ip target = cluster.other().podAddress(family);
        this.pings = new PingFlood(cluster.node().pod(), target.toString());
        try {
            this.tcp = new TcpStream(
                    cluster.node().pod(),
                    cluster.other().pod(),
                    family == Family.IPV4 ? target.toString() : "[" + target + "]");
        } catch (IOException e) {
            pings.end();
            throw e;
        }
    }

    Family family() {
        return family;
    }

    TcpStream tcp() {
        return tcp;
    }

    /// Stops the pings and counts them.
    PingFlood.Count end() throws IOException {
        return pings.end();
    }

    @Override
    public void close() {
        tcp.close();
    }
}

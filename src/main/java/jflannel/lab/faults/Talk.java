package jflannel.lab.faults;

import java.io.IOException;
import jflannel.ip.Family;
import jflannel.ip.Ip;

/// Pods that talk to each other in one address family, by pings and over TCP, from when it is made.
final class Talk implements AutoCloseable {
    private final Family family;
    private final Traffic traffic;
    private final Stream stream;

    Talk(Site site, Family family) throws IOException {
        this.family = family;
        Ip target = site.other().podAddress(family);
        this.traffic = new Traffic(site.node().pod(), target.toString());
        try {
            this.stream = new Stream(
                    site.node().pod(),
                    site.other().pod(),
                    family == Family.IPV4 ? target.toString() : "[" + target + "]");
        } catch (IOException e) {
            traffic.end();
            throw e;
        }
    }

    Family family() {
        return family;
    }

    Stream stream() {
        return stream;
    }

    /// Stops the pings and counts them.
    Traffic.Count end() throws IOException {
        return traffic.end();
    }

    @Override
    public void close() {
        stream.close();
    }
}

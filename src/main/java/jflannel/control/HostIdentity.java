package jflannel.control;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import jflannel.ip.Mac;
import jflannel.kernel.Link;

/// What tells this host from a copy of it, at whatever address: the MAC addresses of the interfaces that lead to the
/// other nodes and, where the firmware has one, the number of the machine. The number alone is not enough, because
/// all containers of a machine have it; nor are the MAC addresses, because bridges and bonds may derive theirs from
/// `/etc/machine-id` (systemd.link(5), MACAddressPolicy=persistent), which is copied with the disk.
final class HostIdentity {
    private static final Path MACHINE = Path.of("/sys/class/dmi/id/product_uuid");
    private static final Mac NONE = new Mac(0);

    private HostIdentity() {}

    /// @param uplinks the interfaces that lead to the other nodes
    /// @return "" if nothing identifies this host
    static String of(Collection<Link> uplinks) {
        return of(uplinks, machine());
    }

    static String of(Collection<Link> uplinks, String machine) {
        Set<String> macs = new TreeSet<>();
        for (Link link : uplinks) {
            // tunnels have no MAC address, and an ipvlan device has that of the machine's own interface
            if (link.mac() == null || link.mac().equals(NONE) || link.kind().equals("ipvlan")) {
                return "";
            }
            macs.add(link.mac().toString());
        }
        return (String.join(" ", macs) + " " + machine).strip();
    }

    private static String machine() {
        try {
            return Files.readString(MACHINE).strip();
        } catch (IOException e) {
            return ""; // no such firmware, or hidden from containers
        }
    }
}

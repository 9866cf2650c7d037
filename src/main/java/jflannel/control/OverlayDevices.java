package jflannel.control;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import jflannel.backend.Footprint;
import jflannel.backend.PacketPath;
import jflannel.backend.RouteTable;
import jflannel.dataplane.UdpTunnel;
import jflannel.kernel.Devices;
import jflannel.kernel.Kernel;
import jflannel.kernel.Link;
import jflannel.kernel.Outcome;
import jflannel.kernel.Ownership;
import jflannel.kernelpath.Carrier;
import jflannel.lease.Lease;
import jflannel.metrics.NodeFigures;
import jflannel.names.Claims;

/// The devices of an overlay, and the packet loops behind a TUN device. What former overlays left in the kernel goes
/// when the current one carries the packets. For the control thread.
final class OverlayDevices implements AutoCloseable {
    private static final Logger LOG = System.getLogger(OverlayDevices.class.getName());

    private final Kernel kernel;
    private final NodeFigures figures;
    private final Claims claims;
    private final RouteTable table;
    private final PacketPath packets = new PacketPath();
    /// What former configurations left in the kernel, until the current one carries the packets.
    private Footprint former;

    private Map<String, Link> links = Map.of();
    /// The port of the current overlay's tunnel.
    private Optional<Integer> port = Optional.empty();

    /// @param claims of this daemon, which releases claims to devices that it no longer needs
    /// @param table that the routes of former overlays may be in
    /// @param former what an earlier run may have left in the kernel
    OverlayDevices(Kernel kernel, NodeFigures figures, Claims claims, RouteTable table, Footprint former) {
        this.kernel = kernel;
        this.figures = figures;
        this.claims = claims;
        this.table = table;
        this.former = former;
    }

    /// As [DataPath#prove].
    void prove(Overlay successor, Lease own, Footprint current) throws IOException {
        // if the successor is refused, the current overlay's next pass removes its devices
        former = former.and(current).and(successor.footprint());
        makeWay(successor, own);
        make(successor, own);
    }

    /// Gives up this process's socket for a successor whose tunnel has that port in the kernel. If the successor
    /// fails, the next pass opens it again.
    private void makeWay(Overlay successor, Lease own) {
        boolean inKernel = successor.backend().packetPath(own).isEmpty();
        if (inKernel && port.isPresent() && port.equals(successor.backend().port(own))) {
            packets.close();
        }
    }

    /// Makes the devices match.
    ///
    /// @return true if they are others than before, or if the kernel carries other packets now
    boolean converge(Overlay overlay, Lease own) throws IOException {
        Map<String, Link> before = links;
        Carrier carrier = packets.carrier();
        port = overlay.backend().port(own);
        links = make(overlay, own);
        return !links.equals(before) || !packets.carrier().equals(carrier);
    }

    /// @return the devices as they are now, by name
    private Map<String, Link> make(Overlay overlay, Lease own) throws IOException {
        Set<String> expendable = former.devicesBeyond(overlay.footprint());
        Devices making = new Devices(
                kernel, expendable, links.values().stream().map(Link::index).collect(Collectors.toSet()));
        Map<String, Link> made = new HashMap<>();
        try {
            made.putAll(making.converge(overlay.backend().devices()));
        } finally {
            figures.devicesChanged(making.changes());
        }
        Optional<UdpTunnel.Settings> path = overlay.backend().packetPath(own);
        if (path.isPresent()) {
            Link link = packets.open(path.get(), overlay.backend().mtu(), expendable, kernel);
            packets.accelerate(overlay.backend(), link, overlay.underlay(), kernel)
                    .forEach(each -> made.put(each.name(), each));
            made.put(link.name(), link);
        }
        return made;
    }

    /// The devices as of the last look, by name; empty before the first one.
    Map<String, Link> links() {
        return links;
    }

    /// The packets' way through this process, or past it.
    PacketPath packets() {
        return packets;
    }

    /// True if former overlays may have left something.
    boolean areLeftovers() {
        return !former.equals(Footprint.NONE);
    }

    /// Removes what only former overlays needed.
    void removeLeftovers(Overlay overlay) throws IOException {
        Footprint present = overlay.footprint();
        packets.closeUnless(present.devices()); // before its device goes, which would look like damage
        for (String device : former.devicesBeyond(present)) {
            Optional<Link> link = kernel.link(device);
            if (link.isPresent()) {
                kernel.delete(link.get());
                figures.devicesChanged(1);
                LOG.log(Level.INFO, "removed " + device + ", which is no longer needed");
            }
            kernel.converge(Ownership.of(Set.of(), _ -> false, device), List.of()); // filters bear its name
        }
        Footprint all = former.and(present);
        boolean encrypts = overlay.backend().ike().isPresent();
        Ownership beyond = table.beyond(former, present)
                .withPolicies(policy -> all.owns(policy) && !(encrypts && present.owns(policy)));
        Outcome outcome = kernel.converge(beyond, List.of());
        if (outcome.changed()) {
            LOG.log(
                    Level.INFO,
                    "removed routes and policies that are no longer needed: "
                            + outcome.deleted().size());
        }
        former = Footprint.NONE;
        claims.keepOnly(Claims.Kind.DEVICE, present.devices());
        claims.keepOnly(Claims.Kind.PORT, overlay.backend().sockets());
    }

    /// Stops the packet loops. The devices stay.
    @Override
    public void close() {
        packets.close();
    }
}

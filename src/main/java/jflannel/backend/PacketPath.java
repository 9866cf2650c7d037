package jflannel.backend;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jflannel.dataplane.Counter;
import jflannel.dataplane.Endpoint;
import jflannel.dataplane.PeerTable;
import jflannel.dataplane.UdpTunnel;
import jflannel.ip.Cidr;
import jflannel.kernel.Kernel;
import jflannel.kernel.Link;
import jflannel.linux.KernelException;

/// The tunnel that packets of the udp backend take through this process. Only the control thread uses it, except for
/// [#counters].
public final class PacketPath implements AutoCloseable {
    private static final Logger LOG = System.getLogger(PacketPath.class.getName());

    private volatile UdpTunnel tunnel; // only the control thread writes it
    private Map<Cidr, Endpoint> endpoints = Map.of();

    /// Opens the tunnel, or replaces one that is broken, whose device is gone, or that was opened with other settings.
    /// A tunnel that works is not given up for one that cannot be opened.
    ///
    /// @param mtu of the device, in bytes
    /// @return the device, which is up
    public Link open(UdpTunnel.Settings settings, int mtu, Kernel kernel) throws IOException {
        Optional<UdpTunnel.Settings> former = Optional.empty();
        if (tunnel != null && needsReplacement(settings, kernel)) {
            former = Optional.of(tunnel.settings()).filter(old -> !tunnel.broken() && !old.equals(settings));
            if (former.isPresent()) {
                UdpTunnel.requirePorts(settings, former.get());
            }
            close();
        }
        if (tunnel == null) {
            start(settings, former);
        }
        Link link = kernel.link(settings.device())
                .orElseThrow(() -> new IOException("the TUN device " + settings.device() + " is gone"));
        if (link.mtu() != mtu) {
            kernel.setMtu(link, mtu);
        }
        if (!link.up()) {
            kernel.setUp(link);
        }
        return link;
    }

    private boolean needsReplacement(UdpTunnel.Settings settings, Kernel kernel) throws IOException {
        // under another name it is useless
        return tunnel.broken()
                || !tunnel.settings().equals(settings)
                || kernel.link(settings.device()).isEmpty();
    }

    private void start(UdpTunnel.Settings settings, Optional<UdpTunnel.Settings> former) throws IOException {
        try {
            begin(settings);
        } catch (KernelException e) {
            if (former.isPresent()) {
                LOG.log(Level.WARNING, "going back to the former tunnel");
                begin(former.get());
            }
            throw e;
        }
    }

    private void begin(UdpTunnel.Settings settings) throws KernelException {
        tunnel = UdpTunnel.open(settings);
        tunnel.peers(PeerTable.of(endpoints));
        tunnel.start();
    }

    /// Sends packets to these peers from now on.
    public void peers(Map<Cidr, Endpoint> wanted) {
        if (tunnel != null && !wanted.equals(endpoints)) {
            endpoints = Map.copyOf(wanted);
            tunnel.peers(PeerTable.of(endpoints));
        }
    }

    /// Ends the tunnel if its device is none of these.
    public void closeUnless(Set<String> devices) {
        if (tunnel != null && !devices.contains(tunnel.settings().device())) {
            close();
        }
    }

    /// What the packet loops have counted since the tunnel was last opened, each count from 0; empty before. Any
    /// thread may ask, even while the tunnel is closed.
    public Map<Counter, Long> counters() {
        UdpTunnel current = tunnel;
        return current == null ? Map.of() : current.counters();
    }

    /// Ends the loops; the device stays for the next run.
    @Override
    public void close() {
        if (tunnel != null) {
            tunnel.close();
            tunnel = null;
        }
    }
}

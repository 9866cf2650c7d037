package jflannel.backend;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jflannel.dataplane.Counter;
import jflannel.dataplane.Endpoint;
import jflannel.dataplane.PeerTable;
import jflannel.dataplane.UdpTunnel;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.kernel.Clsact;
import jflannel.kernel.Filter;
import jflannel.kernel.Kernel;
import jflannel.kernel.Link;
import jflannel.kernel.Outcome;
import jflannel.kernel.Vxlan;
import jflannel.kernelpath.Carrier;
import jflannel.kernelpath.Counts;
import jflannel.kernelpath.KernelPeer;
import jflannel.kernelpath.Tally;
import jflannel.linux.Errno;
import jflannel.linux.KernelException;
import jflannel.underlay.Underlay;

/// The tunnel that packets of the udp backend take through this process. Only the control thread uses it, except for
/// [#counters].
public final class PacketPath implements AutoCloseable {
    private static final Logger LOG = System.getLogger(PacketPath.class.getName());

    private volatile UdpTunnel tunnel; // only the control thread writes it
    private final FastPath fast = new FastPath();
    private Map<Cidr, Endpoint> endpoints = Map.of();

    /// Opens the tunnel, or replaces one that is broken, whose device is gone, or that was opened with other
    /// settings. A tunnel that works is not given up for one that cannot be opened.
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
            closeTunnel();
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

    /// The same, where a vxlan device of a former configuration may hold the port. It works for as long as the port
    /// is not needed.
    ///
    /// @param expendable names of devices that only former configurations needed
    public Link open(UdpTunnel.Settings settings, int mtu, Set<String> expendable, Kernel kernel) throws IOException {
        try {
            return open(settings, mtu, kernel);
        } catch (KernelException e) {
            List<Link> rivals = e.is(Errno.EADDRINUSE) ? rivals(settings.port(), expendable, kernel) : List.of();
            if (rivals.isEmpty()) {
                throw e;
            }
            for (Link rival : rivals) {
                kernel.delete(rival);
            }
            return open(settings, mtu, kernel);
        }
    }

    private static List<Link> rivals(int port, Set<String> expendable, Kernel kernel) throws IOException {
        return kernel.links().stream()
                .filter(link -> expendable.contains(link.name()))
                .filter(link -> link.properties() instanceof Vxlan vxlan && vxlan.port() == port)
                .toList();
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

    /// Lets the kernel carry packets past this process, if it can and the backend wants it.
    ///
    /// @param device that was opened
    /// @return the devices that this takes
    public List<Link> accelerate(Backend backend, Link device, Underlay underlay, Kernel kernel) throws IOException {
        return fast.suit(
                backend.mayUseKernelPath(), tunnel.settings(), backend.detourDevices(), device, underlay, kernel);
    }

    /// What has to be attached for that.
    public Carrier carrier() {
        return fast.carrier();
    }

    /// True if a pass has to follow: what has to be attached was refused, as the kernel may lack the modules for
    /// filters, and from now on the daemon carries the packets; or now that it is attached, there is a better way.
    public boolean needsAnotherPass(Outcome outcome) throws KernelException {
        boolean refused = carrier().works()
                && outcome.lacking().stream().anyMatch(object -> object instanceof Clsact || object instanceof Filter);
        if (refused) {
            fast.refused(outcome.refused().getFirst().getMessage());
        }
        return refused || fast.canImprove();
    }

    /// Sends packets to these peers from now on.
    public void peers(Map<Cidr, Endpoint> wanted, Map<Cidr, KernelPeer> byKernel) {
        fast.peers(byKernel);
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

    /// What the kernel's programs have counted; empty if there are none. Any thread may ask.
    public Optional<Tally> kernelTally() {
        return fast.tally();
    }

    /// The same for each peer's host. Any thread may ask.
    public Map<Ip, Counts> countsByHost() {
        return fast.countsByHost();
    }

    /// Ends the loops; the device stays for the next run, and what the kernel carries goes on.
    @Override
    public void close() {
        fast.close();
        closeTunnel();
    }

    private void closeTunnel() {
        if (tunnel != null) {
            tunnel.close();
            tunnel = null;
        }
    }
}

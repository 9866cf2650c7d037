package jflannel.backend;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jflannel.dataplane.UdpTunnel;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.Kernel;
import jflannel.kernel.Link;
import jflannel.kernel.Xfrm;
import jflannel.kernelpath.Carrier;
import jflannel.kernelpath.Counts;
import jflannel.kernelpath.KernelPath;
import jflannel.kernelpath.KernelPeer;
import jflannel.kernelpath.LocalTunnel;
import jflannel.kernelpath.Settings;
import jflannel.kernelpath.Tally;
import jflannel.linux.Errno;
import jflannel.linux.KernelException;
import jflannel.underlay.Underlay;

/// The kernel's half of the udp backend, as far as this node can have it: probed once, and said once. Only the
/// control thread uses it, except for the counts.
final class FastPath implements AutoCloseable {
    private static final Logger LOG = System.getLogger(FastPath.class.getName());

    private volatile KernelPath path; // only the control thread writes it
    private Carrier carrier = Carrier.none("");
    private Map<Cidr, KernelPeer> peers = Map.of();
    /// Why this kernel refused, which it is not asked again; empty if it did not.
    private String refusal = "";

    /// With which programs the local tunnel was tried as soon as they were attached.
    private Carrier tried = Carrier.none("");

    private String said = "";
    private boolean toldOfStrangers;

    /// Makes the programs suit the device and the interfaces, as far as the kernel can carry packets at all.
    ///
    /// @param wanted false if the configuration leaves all packets to the daemon
    /// @param detourDevices their names
    /// @return these devices, as far as they exist
    /// @throws IOException if an interface of the underlay is gone. What is attached stays: the interface may just
    ///     have got another name
    List<Link> suit(
            boolean wanted,
            UdpTunnel.Settings tunnel,
            List<String> detourDevices,
            Link device,
            Underlay underlay,
            Kernel kernel)
            throws IOException {
        if (!wanted) {
            close();
            carrier = Carrier.none("the configuration says so");
            return List.of();
        }
        Detours detours = Detours.NONE;
        List<Settings.Uplink> uplinks = new ArrayList<>();
        String obstacle = refusal.isEmpty() ? obstacle(underlay, kernel, uplinks) : refusal;
        if (obstacle.isEmpty()) {
            detours = Detours.of(detourDevices, kernel);
            LocalTunnel local = detours.local();
            obstacle = open(new Settings(
                    device.index(),
                    uplinks,
                    tunnel.port(),
                    tunnel.checkSource(),
                    detours.joining(),
                    local.asProven(passes(local))));
        }
        carrier = obstacle.isEmpty() ? path.carrier() : Carrier.none(obstacle);
        say(obstacle);
        tellOfStrangers();
        return detours.links();
    }

    private boolean passes(LocalTunnel local) throws KernelException {
        return local.device() != 0 && path != null && path.passes(local);
    }

    /// True if another pass makes the path faster: by now, super-packets get through the local tunnel.
    boolean canImprove() throws KernelException {
        if (path == null || !path.waitsForLocalTunnel() || carrier.equals(tried)) {
            return false;
        }
        tried = carrier;
        return path.passes(path.local());
    }

    private void tellOfStrangers() throws KernelException {
        if (!toldOfStrangers && path != null && path.wrongSource() > 0) {
            toldOfStrangers = true;
            LOG.log(
                    Level.WARNING,
                    "the kernel dropped packets whose source has no lease at the node that sent them; further cases are"
                            + " only counted (\"SourceCheck\": false lets them in)");
        }
    }

    private static String obstacle(Underlay underlay, Kernel kernel, List<Settings.Uplink> uplinks) throws IOException {
        for (Map.Entry<Family, Link> entry : underlay.links(kernel).entrySet()) {
            Link link = entry.getValue();
            if (link.mac() == null) {
                return link.name() + " is no Ethernet interface";
            }
            uplinks.add(new Settings.Uplink(
                    link.index(), underlay.uplinks().get(entry.getKey()).address()));
        }
        return Xfrm.hasPolicies() ? "there are IPsec policies, which its packets would evade" : "";
    }

    private String open(Settings settings) {
        try {
            if (path == null) {
                path = KernelPath.open(settings);
                path.peers(peers);
            } else {
                path.suit(settings);
            }
            return "";
        } catch (KernelException e) {
            refusal = words(e);
            return refusal;
        }
    }

    private static String words(KernelException e) {
        return e.is(Errno.EPERM) || e.is(Errno.EACCES)
                ? "the daemon lacks the capability CAP_BPF, or CAP_SYS_ADMIN before Linux 5.8"
                : e.getMessage();
    }

    private void say(String obstacle) {
        String words = obstacle.isEmpty()
                ? "the kernel carries the packets to and from nodes that announce the same"
                : "all packets pass through the daemon: " + obstacle;
        if (!words.equals(said)) {
            said = words;
            LOG.log(Level.INFO, words);
        }
    }

    /// What can be attached.
    Carrier carrier() {
        return carrier;
    }

    /// The kernel did not let it be attached: this is the reason.
    void refused(String reason) {
        refusal = reason;
        carrier = Carrier.none(reason);
        say(reason);
    }

    /// Makes these the peers. If the kernel does not take them, the daemon carries all packets.
    void peers(Map<Cidr, KernelPeer> wanted) {
        peers = wanted;
        if (path != null) {
            try {
                path.peers(wanted);
            } catch (KernelException e) {
                refused(e.getMessage());
            }
        }
    }

    /// What the programs have counted; empty if there are none. Any thread may ask.
    Optional<Tally> tally() {
        KernelPath current = path;
        try {
            return current == null ? Optional.empty() : Optional.of(current.tally());
        } catch (KernelException e) {
            return Optional.empty(); // it was just closed
        }
    }

    /// What the programs have counted for each peer's host; empty if there are none. Any thread may ask.
    Map<Ip, Counts> countsByHost() {
        KernelPath current = path;
        try {
            return current == null ? Map.of() : current.countsByHost();
        } catch (KernelException e) {
            return Map.of(); // it was just closed
        }
    }

    /// Ends this process's part: what is attached goes on.
    @Override
    public void close() {
        if (path != null) {
            path.close();
            path = null;
        }
        carrier = Carrier.none("");
    }
}

package jflannel.probe;

import java.util.Optional;
import jflannel.control.Overlay;
import jflannel.ip.Ip;
import jflannel.lease.LeasedSubnet;
import jflannel.linux.KernelException;
import jflannel.underlay.Uplink;

/// What came back from one peer, by the tunnel and past it, so that one sees which of the two is broken.
///
/// @param outside from its host's address
/// @param within from its own address in the tunnel; empty for backends without a tunnel
public record PeerProbe(LeasedSubnet peer, Echo outside, Optional<Echo> within) {
    /// Probes one.
    ///
    /// @param uplink by which this node reaches it
    /// @throws KernelException if this process may not send such packets
    static PeerProbe of(LeasedSubnet peer, Overlay overlay, Uplink uplink) throws KernelException {
        Echo outside = Echo.of(peer.publicIp(), uplink.mtu());
        // every node has the first address of its subnet on the tunnel's device
        Ip inner = peer.cidr().address();
        return new PeerProbe(
                peer,
                outside,
                overlay.backend().deviceNames().isEmpty()
                        ? Optional.empty()
                        : Optional.of(Echo.of(inner, overlay.backend().mtu())));
    }

    /// True if all packets came back.
    public boolean isWell() {
        return isWell(within.orElse(outside));
    }

    private static boolean isWell(Echo echo) {
        return echo.isAnswered() && echo.loss() == 0 && !echo.hasHole();
    }

    /// What to conclude, in words; empty if all is well.
    public String conclusion() {
        if (isWell()) {
            return within.isPresent() && !outside.isAnswered() ? "the host itself does not answer pings" : "";
        }
        if (within.isEmpty()) {
            return outside.isAnswered()
                    ? fault("the way between the hosts", outside)
                    : "the host does not answer pings";
        }
        Echo tunnel = within.get();
        if (!tunnel.isAnswered()) {
            return outside.isAnswered()
                    ? "the tunnel is broken, the way between the hosts is not"
                    : "neither the host nor the tunnel answers";
        }
        return isWell(outside) || !outside.isAnswered()
                ? fault("the tunnel", tunnel)
                : fault("the way between the hosts", outside);
    }

    private static String fault(String what, Echo echo) {
        return echo.hasHole()
                ? what + " carries no packets of more than " + echo.passed() + " bytes"
                : what + " loses packets";
    }
}

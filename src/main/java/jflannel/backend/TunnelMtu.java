package jflannel.backend;

import java.util.Comparator;
import jflannel.ip.Family;
import jflannel.lease.NetworkConfig;
import jflannel.lease.NotYetException;
import jflannel.underlay.Underlay;
import jflannel.underlay.Uplink;

/// What the kernel accepts as the MTU of a tunnel.
final class TunnelMtu {
    private TunnelMtu() {}

    /// @param mtu what the tunnel leaves for pods, in bytes
    /// @return the same
    /// @throws NotYetException if a family of the network needs more: IPv4 68 (RFC 791), IPv6 1280 (RFC 8200)
    static int require(int mtu, NetworkConfig config, Underlay underlay) {
        int least = config.pools().containsKey(Family.IPV6) ? 1280 : 68;
        if (mtu < least) {
            Uplink narrow = underlay.uplinks().values().stream()
                    .min(Comparator.comparingInt(Uplink::mtu))
                    .orElseThrow();
            throw new NotYetException(
                    ("the tunnel leaves packets of %d bytes for pods, as %s carries %d; %s needs at least %d. Raise the MTU"
                                    + " of %s, or the MTU option in %s.")
                            .formatted(
                                    mtu,
                                    narrow.device(),
                                    narrow.mtu(),
                                    least == 68 ? "IPv4" : "IPv6",
                                    least,
                                    narrow.device(),
                                    config.where()));
        }
        return mtu;
    }
}

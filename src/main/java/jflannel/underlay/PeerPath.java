package jflannel.underlay;

import jflannel.ip.Ip;
import jflannel.kernel.Link;
import jflannel.kernel.Path;

/// How the kernel sends to a peer's host.
///
/// @param link the interface that packets leave by
public record PeerPath(Ip peer, Path path, Link link) {
    /// The largest packet that arrives there whole, as far as this node knows, in bytes. What the kernel has learned
    /// from ICMP messages is left out: it passes, and anybody may have sent it.
    public int mtu() {
        boolean limited = path.routeMtu() != 0 && !path.learned();
        return limited ? Math.min(path.routeMtu(), link.mtu()) : link.mtu();
    }

    /// True if the host is on the interface's link, so that packets need no other gateway than itself.
    public boolean isDirect() {
        return path.gateway() == null && !path.local();
    }
}

package jflannel.underlay;

import jflannel.ip.Ip;
import jflannel.kernel.Link;
import jflannel.kernel.Path;

/// How the kernel sends to a peer's host.
///
/// @param link the outgoing interface
/// @param accepted the largest packet that the host takes, in bytes
public record PeerPath(Ip peer, Path path, Link link, int accepted) {
    /// To a host that takes whatever arrives.
    public PeerPath(Ip peer, Path path, Link link) {
        this(peer, path, link, Integer.MAX_VALUE);
    }

    /// The largest packet that arrives there unfragmented, as far as this node knows, in bytes. Ignores what the
    /// kernel learned from ICMP messages, which expires and may be forged.
    public int mtu() {
        return Math.min(accepted, departing());
    }

    /// The largest packet that leaves for it unfragmented, in bytes.
    int departing() {
        boolean limited = path.routeMtu() != 0 && !path.learned();
        return limited ? Math.min(path.routeMtu(), link.mtu()) : link.mtu();
    }

    /// True if that is no host, but all hosts of a link: its broadcast address.
    public boolean isToSeveral() {
        return path.kind() == Path.Kind.SEVERAL;
    }

    /// True if the host is on the interface's link, so that packets need no gateway.
    public boolean isDirect() {
        return path.gateway() == null && !path.local();
    }
}

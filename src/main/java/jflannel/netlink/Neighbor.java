package jflannel.netlink;

import java.util.List;
import jflannel.ip.Ip;
import jflannel.ip.Mac;

/// A permanent row of the neighbor table, or of a vxlan device's forwarding database (fdb).
///
/// `struct ndmsg` and NDA_* attributes: rtnetlink(7), linux/neighbour.h.
///
/// @param forwarding true for an fdb entry: frames for `mac` travel to the node at `ip`;
///     false for a neighbor entry: `ip` answers at `mac`
public record Neighbor(int ifIndex, boolean forwarding, Ip ip, Mac mac) implements KernelObject {
    /// `ip` on this interface answers at `mac`.
    public static Neighbor permanent(int ifIndex, Ip ip, Mac mac) {
        return new Neighbor(ifIndex, false, ip, mac);
    }

    /// Tells a vxlan device that frames for `mac` travel to the node at `publicIp`.
    public static Neighbor forwarding(int ifIndex, Mac mac, Ip publicIp) {
        return new Neighbor(ifIndex, true, publicIp, mac);
    }

    @Override
    public Object key() {
        return List.of(ifIndex, forwarding, forwarding ? mac : ip);
    }

    @Override
    public int rank() {
        return forwarding ? 2 : 1;
    }

    @Override
    public String toString() {
        return forwarding
                ? "fdb " + mac + " dst " + ip + " dev " + ifIndex
                : "neighbor " + ip + " lladdr " + mac + " dev " + ifIndex;
    }
}

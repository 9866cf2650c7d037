package jflannel.netlink;

import java.util.List;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;

/// A route of the main table: `struct rtmsg` and RTA_* attributes, rtnetlink(7), linux/rtnetlink.h.
///
/// @param destination where packets must be going
/// @param gateway the next hop, of either family (RTA_GATEWAY or RTA_VIA), or null
/// @param ifIndex the interface to leave by; 0 for a blackhole
/// @param onlink the gateway is taken to be on the link without being checked
/// @param protocol who made the route (RTPROT_*): [#OURS], [#KERNEL], [#BOOT] …
/// @param metric lower wins; 0 means the kernel's default, which reads back as 0 for IPv4 and 1024 for IPv6
/// @param type RTN_UNICAST or RTN_BLACKHOLE
public record Route(Cidr destination, Ip gateway, int ifIndex, boolean onlink, int protocol, int metric, int type)
        implements KernelObject {
    /// The protocol number that marks routes as made by this program; unassigned in rt_protos.
    public static final int OURS = 102;
    /// RTPROT_KERNEL: the kernel made it with an address.
    public static final int KERNEL = 2;
    /// RTPROT_BOOT: made by ip(8) or by Go flannel, which name no protocol.
    public static final int BOOT = 3;
    public static final int UNICAST = 1;
    public static final int BLACKHOLE = 6;

    /// A route of ours to a peer's subnet.
    public static Route via(Cidr destination, Ip gateway, int ifIndex, boolean onlink) {
        return new Route(destination, gateway, ifIndex, onlink, OURS, 0, UNICAST);
    }

    /// A route of ours out of a device that needs no next hop.
    public static Route through(Cidr destination, int ifIndex) {
        return new Route(destination, null, ifIndex, false, OURS, 0, UNICAST);
    }

    public Route {
        // IPv6 routes always have a metric, and 1024 is what 0 turns into
        if (destination.family() == jflannel.ip.Family.IPV6 && metric == 0) {
            metric = 1024;
        }
    }

    @Override
    public Object key() {
        return List.of(destination, metric);
    }

    @Override
    public int rank() {
        return 3;
    }

    @Override
    public String toString() {
        return "route " + (type == BLACKHOLE ? "blackhole " : "") + destination
                + (gateway == null ? "" : " via " + gateway)
                + (ifIndex == 0 ? "" : " dev " + ifIndex)
                + (onlink ? " onlink" : "");
    }
}

package jflannel.kernel;

import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.linux.KernelException;
import jflannel.netlink.MessageReader;
import jflannel.netlink.MessageWriter;
import jflannel.netlink.Rtnetlink;

/// A route that depends on nothing but the destination: `struct rtmsg` and RTA_* attributes, rtnetlink(7),
/// linux/rtnetlink.h.
///
/// @param destination of the packets
/// @param gateway the next hop, of either family (RTA_GATEWAY or RTA_VIA), or null
/// @param ifIndex the interface to leave by; 0 for a blackhole
/// @param onlink the gateway is taken to be on the link without being checked
/// @param protocol who made the route (RTPROT_*): [#OURS], [#KERNEL], [#BOOT] …
/// @param metric lower wins; 0 means the kernel's default, which reads back as 0 for IPv4 and 1024 for IPv6
/// @param type RTN_UNICAST, RTN_BLACKHOLE or RTN_THROW
/// @param encap the tunnel's end for its packets, or null
/// @param mtu its largest packet, in bytes; 0 if its interface decides
/// @param table the number of its table, unsigned: [FibRoute#MAIN], or one that a [RoutingRule] leads to
public record Route(
        Cidr destination,
        Ip gateway,
        int ifIndex,
        boolean onlink,
        int protocol,
        int metric,
        int type,
        Encap encap,
        int mtu,
        int table)
        implements KernelObject {
    /// The protocol number that marks routes as made by this program; unassigned in rt_protos.
    public static final int OURS = 102;
    /// RTPROT_KERNEL: the kernel made it with an address.
    public static final int KERNEL = 2;
    /// RTPROT_BOOT: made by ip(8) or by Go flannel, which set no protocol.
    public static final int BOOT = 3;
    public static final int UNICAST = 1;
    public static final int BLACKHOLE = 6;
    public static final int UNREACHABLE = 7;
    public static final int PROHIBIT = 8;
    /// RTN_THROW: as if the table had no route there, so that the next rule decides.
    public static final int THROW = 9;

    private static final int REDIRECT = 1; // RTPROT_REDIRECT: from an ICMP redirect
    private static final int ADVERTISED = 9; // RTPROT_RA: from a router advertisement
    private static final NextHop NOWHERE = new NextHop(null, 0);
    private static final int SCOPE_UNIVERSE = 0; // reached through someone
    private static final int SCOPE_LINK = 253; // reached without a next hop
    private static final int SCOPE_NOWHERE = 255; // in a deletion: whatever the scope is
    private static final int RTNH_F_ONLINK = 4;
    private static final int RTA_DST = 1;
    private static final int RTA_OIF = 4;
    private static final int RTA_GATEWAY = 5;
    private static final int RTA_PRIORITY = 6;
    private static final int RTA_METRICS = 8;
    private static final int RTA_TABLE = 15;
    private static final int RTA_VIA = 18;
    private static final int RTA_ENCAP_TYPE = 21;
    private static final int RTA_ENCAP = 22;
    private static final int RTAX_MTU = 2;

    /// A route of ours to a peer's subnet.
    public static Route via(Cidr destination, Ip gateway, int ifIndex, boolean onlink) {
        return new Route(destination, gateway, ifIndex, onlink, OURS, 0, UNICAST);
    }

    /// A route of ours out of a device that needs no next hop.
    public static Route through(Cidr destination, int ifIndex) {
        return new Route(destination, null, ifIndex, false, OURS, 0, UNICAST);
    }

    /// A route of ours to a peer's subnet whose packets travel to the tunnel's end in `encap`.
    public static Route into(Encap encap, Cidr destination, Ip gateway, int ifIndex, int metric) {
        return new Route(destination, gateway, ifIndex, true, OURS, metric, UNICAST, encap, 0, FibRoute.MAIN);
    }

    /// A route of ours as [#into], for a device without a link layer, which needs no gateway.
    public static Route into(Encap encap, Cidr destination, int ifIndex, int metric) {
        return new Route(destination, null, ifIndex, false, OURS, metric, UNICAST, encap, 0, FibRoute.MAIN);
    }

    /// A route of ours that has packets looked up in the tables behind this one.
    public static Route skipping(Cidr destination, int table) {
        return new Route(destination, null, 0, false, OURS, 0, THROW).inTable(table);
    }

    /// A route of the main table, without a tunnel's end and without an MTU.
    public Route(Cidr destination, Ip gateway, int ifIndex, boolean onlink, int protocol, int metric, int type) {
        this(destination, gateway, ifIndex, onlink, protocol, metric, type, null, 0, FibRoute.MAIN);
    }

    public Route {
        // IPv6 routes always have a metric, and 1024 is what 0 turns into
        if (destination.family() == Family.IPV6 && metric == 0) {
            metric = 1024;
        }
    }

    @Override
    public Object key() {
        return new Key(destination, metric, table);
    }

    /// Of routes with equal keys the kernel takes one.
    public record Key(Cidr destination, int metric, int table) {
        Target target() {
            return new Target(destination, table);
        }
    }

    /// Routes compete for packets to a destination only within one table.
    record Target(Cidr destination, int table) {}

    Target target() {
        return new Target(destination, table);
    }

    /// A gateway may be reached through a route out of a device, which then has to exist first.
    @Override
    public int rank() {
        return gateway == null ? 3 : 4;
    }

    /// This route for packets of at most `bytes`; 0 to leave that to its interface.
    public Route withMtu(int bytes) {
        return new Route(destination, gateway, ifIndex, onlink, protocol, metric, type, encap, bytes, table);
    }

    /// The same route in another table.
    public Route inTable(int number) {
        return new Route(destination, gateway, ifIndex, onlink, protocol, metric, type, encap, mtu, number);
    }

    /// True if the kernel made the route by itself: with an address, or because the network told it to.
    boolean madeByKernel() {
        return protocol == KERNEL || protocol == REDIRECT || protocol == ADVERTISED;
    }

    /// True if this route takes nothing from `other`: a blackhole for a subnet whose device is gone, or one that only
    /// has packets looked up elsewhere.
    boolean standsBehind(Route other) {
        return type == THROW || type == BLACKHOLE && Integer.compareUnsigned(metric, other.metric) > 0;
    }

    public byte[] encode() {
        return encode(gateway == null && type == UNICAST ? SCOPE_LINK : SCOPE_UNIVERSE, encap);
    }

    public byte[] encodeForDeletion() {
        return encode(SCOPE_NOWHERE, null); // named, it would have to match in what is not read, too
    }

    private byte[] encode(int scope, Encap tunnel) {
        Family family = destination.family();
        MessageWriter out = new MessageWriter()
                .u8(family.af())
                .u8(destination.length())
                .zeros(2) // source length, type of service
                .u8(isShort(table) ? table : 0)
                .u8(protocol)
                .u8(family == Family.IPV6 && scope == SCOPE_LINK ? SCOPE_UNIVERSE : scope)
                .u8(type)
                .u32(onlink ? RTNH_F_ONLINK : 0)
                .attribute(RTA_DST, destination.address().bytes());
        if (tunnel != null) {
            out.nested(RTA_ENCAP | Rtnetlink.NLA_F_NESTED, tunnel::encode).u16Attribute(RTA_ENCAP_TYPE, tunnel.type());
        }
        if (gateway != null && gateway.family() == family) {
            out.attribute(RTA_GATEWAY, gateway.bytes());
        } else if (gateway != null) {
            out.nested(RTA_VIA, via -> via.u16(gateway.family().af()).raw(gateway.bytes()));
        }
        if (metric != 0) {
            out.u32Attribute(RTA_PRIORITY, metric);
        }
        if (ifIndex != 0) {
            out.u32Attribute(RTA_OIF, ifIndex);
        }
        if (!isShort(table)) {
            out.u32Attribute(RTA_TABLE, table);
        }
        if (mtu != 0 && scope != SCOPE_NOWHERE) {
            out.nested(RTA_METRICS, metrics -> metrics.u32Attribute(RTAX_MTU, mtu));
        }
        return out.bytes();
    }

    /// @return null for routes that depend on more than the destination
    static Route decode(MessageReader in) throws KernelException {
        FibRoute route = FibRoute.decode(in);
        return route == null ? null : of(route);
    }

    /// A route with several next hops reads as one without gateway and interface: this program makes no such routes.
    ///
    /// @return null for routes that depend on more than the destination
    public static Route of(FibRoute route) {
        if (route.narrow() || route.cloned()) {
            return null;
        }
        NextHop hop = route.nextHops().size() == 1 ? route.nextHops().getFirst() : NOWHERE;
        return new Route(
                route.destination(),
                hop.gateway(),
                hop.ifIndex(),
                hop.onlink(),
                route.protocol(),
                route.metric(),
                route.type(),
                hop.encap(),
                route.mtu(),
                route.table());
    }

    /// True if the number fits into the header.
    private static boolean isShort(int table) {
        return table > 0 && table < 256;
    }

    private String typeWord() {
        return switch (type) {
            case UNICAST -> "";
            case BLACKHOLE -> "blackhole ";
            case UNREACHABLE -> "unreachable ";
            case PROHIBIT -> "prohibit ";
            case THROW -> "throw ";
            default -> "of type " + type + " ";
        };
    }

    @Override
    public String toString() {
        return "route " + typeWord() + destination
                + (encap == null ? "" : " " + encap)
                + (gateway == null ? "" : " via " + gateway)
                + (ifIndex == 0 ? "" : " dev " + ifIndex)
                + (onlink ? " onlink" : "")
                + (mtu == 0 ? "" : " mtu " + mtu)
                + (table == FibRoute.MAIN ? "" : " table " + Integer.toUnsignedString(table));
    }
}

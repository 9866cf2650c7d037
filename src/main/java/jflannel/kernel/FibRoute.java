package jflannel.kernel;

import static jflannel.netlink.Rtnetlink.RTM_GETROUTE;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.linux.KernelException;
import jflannel.netlink.MessageReader;
import jflannel.netlink.MessageWriter;
import jflannel.netlink.Request;
import jflannel.netlink.Rtnetlink;

/// A route as the kernel holds it, in any table, made by anyone: `struct rtmsg` and RTA_* attributes, rtnetlink(7),
/// linux/rtnetlink.h. What this program adds itself is a [Route].
///
/// @param table RT_TABLE_* number: [#MAIN], [#LOCAL] or that of a rule
/// @param protocol who made the route (RTPROT_*)
/// @param type RTN_* number: [Route#UNICAST], [#LOCAL_TYPE], [Route#BLACKHOLE] …
/// @param metric as the kernel shows it; compare with [#isBetterThan], because it is unsigned
/// @param source the source address of packets that have none, or null
/// @param mtu the route's own, in bytes; 0 if the device decides
/// @param nextHopId of the object (ip-nexthop(8)) that holds the next hops; 0 if they are the route's own
/// @param nextHops empty for routes that lead nowhere, and for those whose object was not [resolved][#resolve]
/// @param narrow true if the route depends on more than the destination: a type of service, a source
/// @param cloned true for a cache entry
public record FibRoute(
        int table,
        Cidr destination,
        int protocol,
        int type,
        int metric,
        Ip source,
        int mtu,
        int nextHopId,
        List<NextHop> nextHops,
        boolean narrow,
        boolean cloned) {
    public static final int MAIN = 254; // RT_TABLE_MAIN
    public static final int LOCAL = 255; // RT_TABLE_LOCAL
    public static final int LOCAL_TYPE = 2; // RTN_LOCAL

    private static final int RTM_F_CLONED = 0x200;
    private static final int RTA_DST = 1;
    private static final int RTA_PRIORITY = 6;
    private static final int RTA_PREFSRC = 7;
    private static final int RTA_METRICS = 8;
    private static final int RTA_MULTIPATH = 9;
    private static final int RTA_TABLE = 15;
    private static final int RTA_NH_ID = 30;
    private static final int RTAX_MTU = 2;
    private static final int RTNEXTHOP = 8; // length of struct rtnexthop

    public FibRoute {
        nextHops = List.copyOf(nextHops);
    }

    /// True if the kernel would take this one rather than the other of the same table: the longer prefix wins, then
    /// the lower metric.
    public boolean isBetterThan(FibRoute other) {
        int longer = destination.length() - other.destination.length();
        return longer > 0 || longer == 0 && Integer.compareUnsigned(metric, other.metric) < 0;
    }

    /// True if packets on this route need no gateway.
    public boolean isOnLink() {
        return type == Route.UNICAST && nextHops.stream().anyMatch(hop -> hop.gateway() == null);
    }

    /// True if its next hops are those of an object that it was not [resolved][#resolve] with.
    boolean lacksNextHops() {
        return nextHopId != 0 && nextHops.isEmpty();
    }

    /// This route with the next hops of its object, if it has one.
    ///
    /// @param objects all objects, by number
    FibRoute resolve(Map<Integer, NextHopObject> objects) {
        NextHopObject object = objects.get(nextHopId);
        if (!nextHops.isEmpty() || object == null) {
            return this;
        }
        return new FibRoute(
                table,
                destination,
                protocol,
                object.blackhole() ? Route.BLACKHOLE : type,
                metric,
                source,
                mtu,
                nextHopId,
                object.resolve(objects),
                narrow,
                cloned);
    }

    /// Asks for all tables of a family.
    static Request list(Family family) {
        byte[] body = new MessageWriter().u8(family.af()).zeros(11).bytes();
        return new Request(RTM_GETROUTE, 0, body, "read", "all routes of " + family);
    }

    /// Asks for one table of a family.
    static Request list(Family family, int table) {
        byte[] body = new MessageWriter()
                .u8(family.af())
                .zeros(3)
                .u8(table)
                .zeros(7)
                .u32Attribute(RTA_TABLE, table)
                .bytes();
        return new Request(RTM_GETROUTE, 0, body, "read", "routes of " + family);
    }

    /// @return null for routes that are neither IPv4 nor IPv6
    static FibRoute decode(MessageReader in) throws KernelException {
        Family family = Family.ofAf(in.u8());
        int length = in.u8();
        boolean narrow = in.u16() != 0; // source length, type of service
        int table = in.u8();
        int protocol = in.u8();
        int type = in.skip(1).u8();
        int flags = in.u32();
        if (family == null) {
            return null;
        }
        Ip destination = Ip.any(family);
        Ip source = null;
        int metric = 0;
        int mtu = 0;
        int nextHopId = 0;
        List<NextHop> several = List.of();
        NextHop.Builder one = new NextHop.Builder(family);
        while (in.nextAttribute()) {
            switch (in.attributeType()) {
                case RTA_DST -> destination = in.ip(family);
                case RTA_PRIORITY -> metric = in.u32Attribute();
                case RTA_PREFSRC -> source = in.ip(family);
                case RTA_METRICS -> mtu = mtu(in.nested());
                case RTA_TABLE -> table = in.u32Attribute();
                case RTA_NH_ID -> nextHopId = in.u32Attribute();
                case RTA_MULTIPATH -> several = nextHops(family, in.nested());
                default -> one.take(in); // or it is one that newer kernels send
            }
        }
        if (length > family.bits()) {
            throw in.malformed("a prefix of " + length + " bits");
        }
        return new FibRoute(
                table,
                new Cidr(destination, length),
                protocol,
                type,
                metric,
                source,
                mtu,
                nextHopId,
                nextHops(type, several, one.build(flags, 1)),
                narrow,
                (flags & RTM_F_CLONED) != 0);
    }

    /// IPv6 lets routes that lead nowhere leave by the loopback device.
    private static List<NextHop> nextHops(int type, List<NextHop> several, NextHop one) {
        if (type >= Route.BLACKHOLE || several.isEmpty() && one.ifIndex() == 0) {
            return List.of();
        }
        return several.isEmpty() ? List.of(one) : several;
    }

    /// Several `struct rtnexthop`, each with its attributes: u16 length, u8 flags, u8 weight less one, int
    /// interface.
    private static List<NextHop> nextHops(Family family, MessageReader in) throws KernelException {
        List<NextHop> hops = new ArrayList<>();
        while (in.remaining() >= RTNEXTHOP) {
            int length = in.u16();
            int flags = in.u8();
            int weight = in.u8() + 1;
            NextHop.Builder hop = new NextHop.Builder(family);
            hop.device(in.u32());
            if (length < RTNEXTHOP) {
                throw in.malformed("a next hop of " + length + " bytes");
            }
            MessageReader attributes = in.part(length - RTNEXTHOP);
            while (attributes.nextAttribute()) {
                hop.take(attributes);
            }
            hops.add(hop.build(flags, weight));
            in.skip(Math.min(in.remaining(), Rtnetlink.aligned(length) - length));
        }
        return hops;
    }

    /// RTA_METRICS: one RTAX_* attribute for each property.
    static int mtu(MessageReader in) throws KernelException {
        int mtu = 0;
        while (in.nextAttribute()) {
            if (in.attributeType() == RTAX_MTU) {
                mtu = in.u32Attribute();
            }
        }
        return mtu;
    }
}

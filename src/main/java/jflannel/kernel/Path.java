package jflannel.kernel;

import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.linux.KernelException;
import jflannel.netlink.MessageReader;

/// How the kernel sends packets to an address: its answer to a [RouteQuery], which takes rules, all tables, next
/// hops and what it has learned into account.
///
/// @param gateway the next hop, of either family, or null if the destination is on the link
/// @param ifIndex the interface that packets leave by
/// @param source their source address, or null if the kernel has none or was given one
/// @param table of the route; 0 if the kernel does not say
/// @param kind what the destination is
/// @param routeMtu the route's own MTU, in bytes; 0 if the interface decides
/// @param learned true if `routeMtu` is from an ICMP message, and will be forgotten
public record Path(Ip gateway, int ifIndex, Ip source, int table, Kind kind, int routeMtu, boolean learned) {
    /// What the kernel takes a destination for.
    public enum Kind {
        /// Another host.
        HOST,
        /// This node itself.
        LOCAL,
        /// All hosts of a link: its broadcast address, for example.
        SEVERAL
    }

    private static final int RTN_BROADCAST = 3;
    private static final int RTN_MULTICAST = 5;
    private static final int RTM_F_CLONED = 0x200;
    private static final int RTA_OIF = 4;
    private static final int RTA_GATEWAY = 5;
    private static final int RTA_PREFSRC = 7;
    private static final int RTA_METRICS = 8;
    private static final int RTA_CACHEINFO = 12;
    private static final int RTA_TABLE = 15;
    private static final int RTA_VIA = 18;
    private static final int EXPIRES = 8; // offset in struct rta_cacheinfo

    /// Null if IPv6 answers with a route to nowhere, where IPv4 refuses.
    static Path decode(MessageReader in) throws KernelException {
        Family family = Family.ofAf(in.u8());
        int table = in.skip(3).u8();
        int type = in.skip(2).u8();
        int flags = in.u32();
        NextHop.Builder hop = new NextHop.Builder(family);
        Ip source = null;
        int mtu = 0;
        boolean expires = false;
        while (family != null && in.nextAttribute()) {
            switch (in.attributeType()) {
                case RTA_OIF, RTA_GATEWAY, RTA_VIA -> hop.take(in);
                case RTA_PREFSRC -> source = in.ip(family);
                case RTA_TABLE -> table = in.u32Attribute();
                case RTA_METRICS -> mtu = FibRoute.mtu(in.nested());
                case RTA_CACHEINFO -> expires = in.nested().skip(EXPIRES).u32() != 0;
                default -> {} // newer kernels send more
            }
        }
        NextHop way = hop.build(0, 1);
        boolean cached = family == Family.IPV4 || (flags & RTM_F_CLONED) != 0; // IPv6 routes may expire themselves
        return type >= Route.BLACKHOLE || way.ifIndex() == 0
                ? null
                : new Path(way.gateway(), way.ifIndex(), source, table, kind(type), mtu, mtu != 0 && expires && cached);
    }

    private static Kind kind(int type) {
        return switch (type) {
            case FibRoute.LOCAL_TYPE -> Kind.LOCAL;
            case RTN_BROADCAST, RTN_MULTICAST -> Kind.SEVERAL;
            default -> Kind.HOST;
        };
    }

    /// True if the destination is this node itself.
    public boolean local() {
        return kind == Kind.LOCAL;
    }
}

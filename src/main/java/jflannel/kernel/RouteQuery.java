package jflannel.kernel;

import static jflannel.netlink.Rtnetlink.RTM_GETROUTE;

import java.util.Set;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.netlink.MessageWriter;
import jflannel.netlink.Request;

/// A question to the kernel: how would this packet leave? The more of it is given, the more rules of ip-rule(8) are
/// taken into account.
///
/// @param source its source address, or null for one that has none yet
/// @param arrival index of the interface that it arrives by, or 0 for one that this node sends itself
/// @param device index of the interface that it has to leave by, or 0
/// @param mark its firewall mark, or 0
/// @param protocol its IP protocol number, or 0 for a packet of no particular protocol
/// @param port its destination port, or 0
public record RouteQuery(Ip destination, Ip source, int arrival, int device, int mark, int protocol, int port) {
    private static final int RTM_F_LOOKUP_TABLE = 0x1000;
    private static final int RTM_F_FIB_MATCH = 0x2000;
    private static final int RTA_DST = 1;
    private static final int RTA_SRC = 2;
    private static final int RTA_IIF = 3;
    private static final int RTA_OIF = 4;
    private static final int RTA_MARK = 16;
    private static final int RTA_IP_PROTO = 27;
    private static final int RTA_DPORT = 29;
    private static final int IPPROTO_UDP = 17;
    private static final Set<Integer> ASKABLE = Set.of(1, 6, IPPROTO_UDP, 58);

    public static RouteQuery to(Ip destination) {
        return new RouteQuery(destination, null, 0, 0, 0, 0, 0);
    }

    /// The same question about another destination.
    public RouteQuery towards(Ip other) {
        return new RouteQuery(other, source, arrival, device, mark, protocol, port);
    }

    public RouteQuery from(Ip address) {
        return new RouteQuery(destination, address, arrival, device, mark, protocol, port);
    }

    /// The same for a packet that this node forwards.
    public RouteQuery arriving(Link link) {
        return new RouteQuery(destination, source, link.index(), device, mark, protocol, port);
    }

    public RouteQuery by(Link link) {
        return new RouteQuery(destination, source, arrival, link.index(), mark, protocol, port);
    }

    public RouteQuery udp(int destinationPort) {
        return of(IPPROTO_UDP, destinationPort);
    }

    /// @param ipProtocol the number of its protocol; the kernel answers for ICMP, TCP and UDP, and refuses to be asked
    /// for
    ///     any other
    /// @param destinationPort 0 for protocols that have none
    public RouteQuery of(int ipProtocol, int destinationPort) {
        boolean known = ASKABLE.contains(ipProtocol);
        return new RouteQuery(destination, source, arrival, device, mark, known ? ipProtocol : 0, destinationPort);
    }

    public RouteQuery marked(int firewallMark) {
        return new RouteQuery(destination, source, arrival, device, firewallMark, protocol, port);
    }

    /// Asks where the packet goes. IPv6 always names the table, and refuses to be asked for it.
    Request request() {
        return request(destination.family() == Family.IPV4 ? RTM_F_LOOKUP_TABLE : 0);
    }

    /// Asks which route it takes, as it is in its table: since Linux 4.13.
    Request matchRequest() {
        return request(RTM_F_FIB_MATCH | (destination.family() == Family.IPV4 ? RTM_F_LOOKUP_TABLE : 0));
    }

    private Request request(int flags) {
        Family family = destination.family();
        MessageWriter out = new MessageWriter()
                .u8(family.af())
                .u8(family.bits())
                .u8(source == null ? 0 : family.bits())
                .zeros(5) // type of service, table, protocol, scope, type
                .u32(flags)
                .attribute(RTA_DST, destination.bytes());
        if (source != null) {
            out.attribute(RTA_SRC, source.bytes());
        }
        if (arrival != 0) {
            out.u32Attribute(RTA_IIF, arrival);
        }
        if (device != 0) {
            out.u32Attribute(RTA_OIF, device);
        }
        if (mark != 0) {
            out.u32Attribute(RTA_MARK, mark);
        }
        if (protocol != 0) {
            out.u8Attribute(RTA_IP_PROTO, protocol);
        }
        if (port != 0) {
            out.portAttribute(RTA_DPORT, port);
        }
        return new Request(RTM_GETROUTE, 0, out.bytes(), "find the route to", destination);
    }
}

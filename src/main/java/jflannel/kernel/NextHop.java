package jflannel.kernel;

import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.linux.KernelException;
import jflannel.netlink.MessageReader;

/// One way out of a route: RTA_GATEWAY, RTA_OIF and so on of a route that has one, or a `struct rtnexthop` of one
/// that has several (linux/rtnetlink.h).
///
/// @param gateway of either family, or null if the destination is on the link
/// @param ifIndex the interface to leave by; 0 if the route leads nowhere
/// @param flags RTNH_F_* flags
/// @param weight the share of the traffic that takes it, beside the others of its route
/// @param encap the tunnel's end for packets that take it, or null
public record NextHop(Ip gateway, int ifIndex, int flags, int weight, Encap encap) {
    private static final int ONLINK = 4; // RTNH_F_ONLINK
    private static final int ALL_FLAGS = 0xff;

    static final int RTA_OIF = 4;
    static final int RTA_GATEWAY = 5;
    static final int RTA_VIA = 18;
    static final int RTA_ENCAP_TYPE = 21;
    static final int RTA_ENCAP = 22;

    /// A next hop that nothing special is known of.
    public NextHop(Ip gateway, int ifIndex) {
        this(gateway, ifIndex, 0, 1, null);
    }

    NextHop withWeight(int share) {
        return new NextHop(gateway, ifIndex, flags, share, encap);
    }

    /// True if the gateway was taken to be on the link without being checked.
    public boolean onlink() {
        return (flags & ONLINK) != 0;
    }

    /// Gathers a next hop from the attributes among which it stands.
    static final class Builder {
        private final Family family;
        private Ip gateway;
        private int ifIndex;
        private int encapType;
        private MessageReader encap; // its type may stand before or behind it

        Builder(Family family) {
            this.family = family;
        }

        void device(int index) {
            ifIndex = index;
        }

        /// Takes the attribute that `in` stands at, if it is one of a next hop's.
        void take(MessageReader in) throws KernelException {
            switch (in.attributeType()) {
                case RTA_OIF -> ifIndex = in.u32Attribute();
                case RTA_GATEWAY -> gateway = in.ip(family);
                case RTA_VIA -> gateway = via(in.nested());
                case RTA_ENCAP_TYPE -> encapType = in.u16Attribute();
                case RTA_ENCAP -> encap = in.nested();
                default -> {} // of the route itself
            }
        }

        NextHop build(int flags, int weight) throws KernelException {
            return new NextHop(
                    gateway, ifIndex, flags & ALL_FLAGS, weight, encap == null ? null : Encap.decode(encapType, encap));
        }
    }

    /// `struct rtvia`: a family and an address of it.
    private static Ip via(MessageReader in) throws KernelException {
        Family family = Family.ofAf(in.u16());
        return family == null ? null : Ip.of(in.raw(family.bytes()));
    }
}

package jflannel.kernel;

import static jflannel.netlink.Rtnetlink.AF_BRIDGE;
import static jflannel.netlink.Rtnetlink.AF_UNSPEC;
import static jflannel.netlink.Rtnetlink.RTM_GETNEIGH;

import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.linux.KernelException;
import jflannel.netlink.MessageReader;
import jflannel.netlink.MessageWriter;
import jflannel.netlink.Request;

/// A permanent row of the neighbor table, or of a vxlan device's forwarding database (fdb).
///
/// `struct ndmsg` and NDA_* attributes: rtnetlink(7), linux/neighbour.h.
///
/// @param forwarding true for an fdb entry: frames for `mac` travel to the node at `ip`; false for a neighbor entry:
///     `ip` answers at `mac`
public record Neighbor(int ifIndex, boolean forwarding, Ip ip, Mac mac) implements KernelObject {
    private static final int NDA_DST = 1;
    private static final int NDA_LLADDR = 2;
    private static final int NDA_IFINDEX = 8;
    private static final int NUD_PERMANENT = 0x80;
    private static final int NTF_SELF = 0x02;

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
        return new Key(ifIndex, forwarding, forwarding ? mac : ip);
    }

    /// The kernel has one entry for each.
    private record Key(int ifIndex, boolean forwarding, Object place) {}

    @Override
    public int rank() {
        return forwarding ? 2 : 1;
    }

    public byte[] encode() {
        return new MessageWriter()
                .u8(forwarding ? AF_BRIDGE : ip.family().af())
                .zeros(3)
                .u32(ifIndex)
                .u16(NUD_PERMANENT)
                .u8(forwarding ? NTF_SELF : 0)
                .u8(0)
                .attribute(NDA_DST, ip.bytes())
                .attribute(NDA_LLADDR, mac.bytes())
                .bytes();
    }

    /// Asks for the neighbors of both families on one interface, or on all if `ifIndex` is 0.
    static Request list(int ifIndex) {
        return list(AF_UNSPEC, ifIndex, "neighbors");
    }

    /// Asks for the forwarding database of one interface, or of all if `ifIndex` is 0.
    static Request listForwarding(int ifIndex) {
        return list(AF_BRIDGE, ifIndex, "fdb");
    }

    private static Request list(int family, int ifIndex, String words) {
        MessageWriter out = new MessageWriter().u8(family).zeros(11);
        if (ifIndex != 0) {
            out.u32Attribute(NDA_IFINDEX, ifIndex);
        }
        return new Request(RTM_GETNEIGH, 0, out.bytes(), "read", words + of(ifIndex));
    }

    /// @return null unless it is a permanent entry that holds both an IP and an Ethernet address
    static Neighbor decode(MessageReader in) throws KernelException {
        int af = in.u8();
        int ifIndex = in.skip(3).u32();
        int state = in.u16();
        in.skip(2);
        boolean forwarding = af == AF_BRIDGE;
        if ((state & NUD_PERMANENT) == 0 || !forwarding && Family.ofAf(af) == null) {
            return null;
        }
        Ip ip = null;
        Mac mac = null;
        while (in.nextAttribute()) {
            switch (in.attributeType()) {
                case NDA_DST -> ip = forwarding ? in.ip() : in.ip(Family.ofAf(af));
                case NDA_LLADDR -> mac = in.mac();
                default -> {} // newer kernels send more; what we do not manage we do not judge
            }
        }
        return ip == null || mac == null ? null : new Neighbor(ifIndex, forwarding, ip, mac);
    }

    /// The [#key] of any entry, be it permanent or not.
    ///
    /// @return null for entries of other tables
    static Object decodeKey(MessageReader in) throws KernelException {
        int af = in.u8();
        int ifIndex = in.skip(3).u32();
        in.skip(4);
        boolean forwarding = af == AF_BRIDGE;
        Family family = Family.ofAf(af);
        Object place = null;
        while (in.nextAttribute()) {
            if (forwarding && in.attributeType() == NDA_LLADDR) {
                place = in.mac();
            } else if (family != null && in.attributeType() == NDA_DST) {
                place = in.ip(family);
            }
        }
        return place == null ? null : new Key(ifIndex, forwarding, place);
    }

    /// Words for a table's part, in error messages.
    static String of(int ifIndex) {
        return ifIndex == 0 ? "" : " of dev " + ifIndex;
    }

    @Override
    public String toString() {
        return forwarding
                ? "fdb " + mac + " dst " + ip + " dev " + ifIndex
                : "neighbor " + ip + " lladdr " + mac + " dev " + ifIndex;
    }
}

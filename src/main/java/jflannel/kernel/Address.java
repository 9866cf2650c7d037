package jflannel.kernel;

import static jflannel.netlink.Rtnetlink.AF_UNSPEC;

import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.linux.KernelException;
import jflannel.netlink.MessageReader;
import jflannel.netlink.MessageWriter;
import jflannel.netlink.Request;
import jflannel.netlink.Rtnetlink;

/// An address of an interface: `struct ifaddrmsg` and IFA_* attributes, rtnetlink(7), linux/if_addr.h.
///
/// With a prefix shorter than the address itself, the kernel also makes a connected route.
///
/// @param length prefix length in bits
public record Address(int ifIndex, Ip ip, int length) implements KernelObject {
    private static final int IFA_ADDRESS = 1;
    private static final int IFA_LOCAL = 2;
    private static final int IFA_LABEL = 3;
    private static final int IFA_CACHEINFO = 6;
    private static final int IFA_FLAGS = 8;
    private static final int IFA_F_NODAD = 0x02;
    private static final int IFA_F_NOPREFIXROUTE = 0x200;

    @Override
    public Object key() {
        return this;
    }

    @Override
    public int rank() {
        return 0;
    }

    /// IPv6 addresses are usable at once, without duplicate address detection; a single one gets no route to itself
    /// in the main table, as with IPv4.
    public byte[] encode() {
        MessageWriter out = new MessageWriter()
                .u8(ip.family().af())
                .u8(length)
                .zeros(2)
                .u32(ifIndex)
                .attribute(IFA_LOCAL, ip.bytes());
        if (ip.family() == Family.IPV6) {
            out.u32Attribute(IFA_FLAGS, IFA_F_NODAD | (length == 128 ? IFA_F_NOPREFIXROUTE : 0));
        }
        out.attribute(IFA_ADDRESS, ip.bytes());
        return out.bytes();
    }

    /// Asks for the addresses of one interface, or of all if `ifIndex` is 0.
    static Request list(int ifIndex) {
        byte[] body = new MessageWriter().u8(AF_UNSPEC).zeros(3).u32(ifIndex).bytes();
        return new Request(Rtnetlink.RTM_GETADDR, 0, body, "read", "addresses" + Neighbor.of(ifIndex));
    }

    /// @return null for addresses that are neither IPv4 nor IPv6
    static InterfaceAddress decode(MessageReader in) throws KernelException {
        Family family = Family.ofAf(in.u8());
        int length = in.u8();
        int flags = in.u8();
        int scope = in.u8();
        int ifIndex = in.u32();
        if (family == null) {
            return null;
        }
        Ip peer = null;
        Ip local = null;
        String label = "";
        boolean preferred = true;
        while (in.nextAttribute()) {
            switch (in.attributeType()) {
                case IFA_ADDRESS -> peer = in.ip(family);
                case IFA_LOCAL -> local = in.ip(family);
                case IFA_LABEL -> label = in.text();
                case IFA_CACHEINFO -> preferred = in.nested().u32() != 0; // seconds that it is still preferred
                case IFA_FLAGS -> flags = in.u32Attribute();
                default -> {} // newer kernels send more
            }
        }
        Ip ip = local != null ? local : peer; // they differ on point-to-point devices only
        if (ip == null || length > family.bits()) {
            throw in.malformed("no address, or a prefix of " + length + " bits");
        }
        return new InterfaceAddress(new Address(ifIndex, ip, length), flags, preferred, scope, label);
    }

    @Override
    public String toString() {
        return "address " + ip + "/" + length + " dev " + ifIndex;
    }
}

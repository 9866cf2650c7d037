package jflannel.kernel;

import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.linux.KernelException;
import jflannel.netlink.MessageReader;
import jflannel.netlink.MessageWriter;

/// The properties of a vxlan device: IFLA_VXLAN_* attributes, linux/if_link.h.
///
/// @param vni VXLAN network identifier, 0 to 2^24-1
/// @param port UDP port in host order; 0 for a new device leaves it to the kernel (8472)
/// @param local source address of tunnel packets, or null
/// @param lower index of the interface that tunnel packets leave by, or 0
/// @param learning the device learns where MAC addresses live from the packets it receives
/// @param groupPolicy the group policy extension is on
/// @param external the device takes each packet's VNI, source and destination from the route that led to it, and has
///     no fdb; `vni` and `local` mean nothing to the kernel then
/// @param filtersVni an external device receives only packets of the networks added to it, instead of all. Needs
///     Linux 5.18; older kernels silently ignore it
public record Vxlan(
        int vni,
        int port,
        Ip local,
        int lower,
        boolean learning,
        boolean groupPolicy,
        boolean external,
        boolean filtersVni)
        implements LinkKind {
    /// The largest VXLAN network identifier.
    public static final int MAX_VNI = (1 << 24) - 1;
    /// The UDP port that the kernel takes if none is named.
    public static final int USUAL_PORT = 8472;

    static final String DRIVER = "vxlan";

    private static final int IFLA_VXLAN_ID = 1;
    private static final int IFLA_VXLAN_LINK = 3;
    private static final int IFLA_VXLAN_LOCAL = 4;
    private static final int IFLA_VXLAN_TTL = 5;
    private static final int IFLA_VXLAN_TOS = 6;
    private static final int IFLA_VXLAN_LEARNING = 7;
    private static final int IFLA_VXLAN_PROXY = 11;
    private static final int IFLA_VXLAN_RSC = 12;
    private static final int IFLA_VXLAN_L2MISS = 13;
    private static final int IFLA_VXLAN_L3MISS = 14;
    private static final int IFLA_VXLAN_PORT = 15;
    private static final int IFLA_VXLAN_LOCAL6 = 17;
    private static final int IFLA_VXLAN_UDP_ZERO_CSUM6_TX = 19;
    private static final int IFLA_VXLAN_UDP_ZERO_CSUM6_RX = 20;
    private static final int IFLA_VXLAN_GBP = 23;
    private static final int IFLA_VXLAN_COLLECT_METADATA = 25;
    private static final int IFLA_VXLAN_VNIFILTER = 30;

    /// A device with an fdb.
    public Vxlan(int vni, int port, Ip local, int lower, boolean learning, boolean groupPolicy) {
        this(vni, port, local, lower, learning, groupPolicy, false, false);
    }

    /// An external device for the packets of one network.
    public static Vxlan external(int vni, int port, int lower) {
        return new Vxlan(vni, port, null, lower, false, false, true, true);
    }

    @Override
    public String driver() {
        return DRIVER;
    }

    @Override
    public boolean isSatisfiedBy(LinkKind there) {
        return there instanceof Vxlan is
                && is.equals(
                        external
                                ? new Vxlan(is.vni, port, is.local, lower, learning, groupPolicy, true, filtersVni)
                                : this);
    }

    /// An external device shares its port with no other. Otherwise devices of one family on one port need different
    /// network identifiers and the same group policy setting.
    @Override
    public boolean excludes(LinkKind other) {
        return other instanceof Vxlan there
                && there.port == port
                && (external
                        || there.external
                        || isIpv6() == there.isIpv6() && (there.vni == vni || groupPolicy != there.groupPolicy));
    }

    @Override
    public String evasion() {
        return "Remove it, or configure another VNI or Port";
    }

    private boolean isIpv6() {
        return local != null && local.family() == Family.IPV6;
    }

    @Override
    public String words(DeviceNames names) {
        return "%s, port %d%s%s%s"
                .formatted(
                        external
                                ? "external " + (filtersVni ? "with" : "without") + " a filter of VNIs"
                                : "VNI " + vni + (local == null ? "" : ", local " + local),
                        port,
                        lower == 0 ? "" : ", on " + names.byIndex().getOrDefault(lower, "interface number " + lower),
                        learning ? ", learning" : "",
                        groupPolicy ? ", GBP" : "");
    }

    /// Leaves the checksum of the outer UDP header over IPv4 to the kernel, which fills it in, and insists on the one
    /// over IPv6.
    @Override
    public void encode(MessageWriter out) {
        out.u32Attribute(IFLA_VXLAN_ID, vni);
        if (lower != 0) {
            out.u32Attribute(IFLA_VXLAN_LINK, lower);
        }
        if (local != null) {
            out.attribute(local.family() == Family.IPV4 ? IFLA_VXLAN_LOCAL : IFLA_VXLAN_LOCAL6, local.bytes());
        }
        out.u8Attribute(IFLA_VXLAN_TTL, 0)
                .u8Attribute(IFLA_VXLAN_TOS, 0)
                .u8Attribute(IFLA_VXLAN_LEARNING, learning ? 1 : 0)
                .u8Attribute(IFLA_VXLAN_PROXY, 0)
                .u8Attribute(IFLA_VXLAN_RSC, 0)
                .u8Attribute(IFLA_VXLAN_L2MISS, 0)
                .u8Attribute(IFLA_VXLAN_L3MISS, 0)
                .u8Attribute(IFLA_VXLAN_UDP_ZERO_CSUM6_TX, 0)
                .u8Attribute(IFLA_VXLAN_UDP_ZERO_CSUM6_RX, 0);
        if (port != 0) {
            out.portAttribute(IFLA_VXLAN_PORT, port);
        }
        if (groupPolicy) {
            out.attribute(IFLA_VXLAN_GBP, new byte[0]); // a flag: its presence is its value
        }
        if (external) {
            out.u8Attribute(IFLA_VXLAN_COLLECT_METADATA, 1).u8Attribute(IFLA_VXLAN_VNIFILTER, filtersVni ? 1 : 0);
        }
    }

    static Vxlan decode(MessageReader in) throws KernelException {
        int vni = 0;
        int port = 0;
        Ip local = null;
        int lower = 0;
        boolean learning = false;
        boolean groupPolicy = false;
        boolean external = false;
        boolean filtersVni = false;
        while (in.nextAttribute()) {
            switch (in.attributeType()) {
                case IFLA_VXLAN_ID -> vni = in.u32Attribute();
                case IFLA_VXLAN_LINK -> lower = in.u32Attribute();
                case IFLA_VXLAN_LOCAL -> local = in.ip(Family.IPV4);
                case IFLA_VXLAN_LOCAL6 -> local = in.ip(Family.IPV6);
                case IFLA_VXLAN_LEARNING -> learning = in.u8Attribute() != 0;
                case IFLA_VXLAN_PORT -> port = in.portAttribute();
                case IFLA_VXLAN_GBP -> groupPolicy = true;
                case IFLA_VXLAN_COLLECT_METADATA -> external = in.u8Attribute() != 0;
                case IFLA_VXLAN_VNIFILTER -> filtersVni = in.u8Attribute() != 0;
                default -> {} // newer kernels send more
            }
        }
        return new Vxlan(vni, port, local, lower, learning, groupPolicy, external, filtersVni);
    }
}

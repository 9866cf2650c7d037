package jflannel.kernel;

import static jflannel.netlink.Rtnetlink.AF_UNSPEC;
import static jflannel.netlink.Rtnetlink.RTM_GETLINK;

import java.util.ArrayList;
import java.util.List;
import jflannel.ip.Mac;
import jflannel.linux.KernelException;
import jflannel.netlink.MessageReader;
import jflannel.netlink.MessageWriter;
import jflannel.netlink.Request;

/// A network interface: `struct ifinfomsg` and IFLA_* attributes, rtnetlink(7), linux/if_link.h.
///
/// @param kind the driver's name (`vxlan`, `bridge`, `veth`, `tun` …), or "" for hardware
/// @param mtu in bytes
/// @param mac null for devices without a link layer
/// @param up the administrative state (IFF_UP)
/// @param master index of the bridge it belongs to, or 0
/// @param properties those of the kind, or null for kinds that this program does not make
/// @param carrier true if packets can leave: the cable is plugged in, the lower device is up
/// @param portKind the driver of the device that it belongs to (`bridge`, `bond`, `vrf` …), or ""
/// @param altNames the other names that ip(8) takes for it
public record Link(
        int index,
        String name,
        String kind,
        int mtu,
        Mac mac,
        boolean up,
        int master,
        LinkKind properties,
        boolean carrier,
        String portKind,
        List<String> altNames) {
    /// Longest name of a device in bytes: IFNAMSIZ without the zero byte at the end.
    static final int MAX_NAME = 15;

    static final int IFF_UP = 1;
    private static final int IFF_LOWER_UP = 0x10000;
    static final int IFLA_ADDRESS = 1;
    static final int IFLA_IFNAME = 3;
    static final int IFLA_MTU = 4;
    static final int IFLA_MASTER = 10;
    static final int IFLA_LINKINFO = 18;
    static final int IFLA_INFO_KIND = 1;
    static final int IFLA_INFO_DATA = 2;
    private static final int IFLA_INFO_SLAVE_KIND = 4;
    private static final int IFLA_EXT_MASK = 29;
    private static final int IFLA_PROP_LIST = 52;
    private static final int IFLA_ALT_IFNAME = 53;
    private static final int RTEXT_FILTER_SKIP_STATS = 8;

    /// A device that belongs to no other, has one name, and a carrier if it is up.
    public Link(int index, String name, String kind, int mtu, Mac mac, boolean up, int master, LinkKind properties) {
        this(index, name, kind, mtu, mac, up, master, properties, up, "", List.of());
    }

    public Link {
        altNames = List.copyOf(altNames);
    }

    /// Asks for all interfaces.
    static Request list() {
        byte[] body = ifinfomsg(0, 0, 0)
                .u32Attribute(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS)
                .bytes();
        return new Request(RTM_GETLINK, 0, body, "read", "links");
    }

    /// Asks for the interface of a name.
    static Request find(String name) {
        byte[] body = ifinfomsg(0, 0, 0)
                .u32Attribute(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS)
                .text(IFLA_IFNAME, name)
                .bytes();
        return new Request(RTM_GETLINK, 0, body, "find", "device " + name);
    }

    /// @param change which of `flags` are meant
    static MessageWriter ifinfomsg(int index, int flags, int change) {
        return new MessageWriter().u8(AF_UNSPEC).zeros(3).u32(index).u32(flags).u32(change);
    }

    static Link decode(MessageReader in) throws KernelException {
        int index = in.skip(4).u32();
        int flags = in.u32();
        in.skip(4);
        String name = "";
        int mtu = 0;
        Mac mac = null;
        int master = 0;
        Driver driver = Driver.NONE;
        List<String> altNames = List.of();
        while (in.nextAttribute()) {
            switch (in.attributeType()) {
                case IFLA_IFNAME -> name = in.text();
                case IFLA_MTU -> mtu = in.u32Attribute();
                case IFLA_ADDRESS -> mac = in.mac();
                case IFLA_MASTER -> master = in.u32Attribute();
                case IFLA_LINKINFO -> driver = Driver.decode(in.nested());
                case IFLA_PROP_LIST -> altNames = altNames(in.nested());
                default -> {} // newer kernels send more
            }
        }
        return new Link(
                index,
                name,
                driver.kind,
                mtu,
                mac,
                (flags & IFF_UP) != 0,
                master,
                isOfWireguardProgram(driver.kind, name) ? Wireguard.ANY : driver.properties,
                (flags & IFF_LOWER_UP) != 0,
                driver.portKind,
                altNames);
    }

    /// To the kernel, it is like any device that a program has made.
    private static boolean isOfWireguardProgram(String kind, String name) {
        return kind.equals(WireguardProgram.DRIVER) && WireguardProgram.has(name);
    }

    private static List<String> altNames(MessageReader in) throws KernelException {
        List<String> names = new ArrayList<>();
        while (in.nextAttribute()) {
            if (in.attributeType() == IFLA_ALT_IFNAME) {
                names.add(in.text());
            }
        }
        return names;
    }

    /// What IFLA_LINKINFO says.
    private record Driver(String kind, LinkKind properties, String portKind) {
        static final Driver NONE = new Driver("", null, "");

        static Driver decode(MessageReader in) throws KernelException {
            String kind = "";
            MessageReader data = new MessageReader("properties", new byte[0]);
            String portKind = "";
            while (in.nextAttribute()) {
                switch (in.attributeType()) {
                    case IFLA_INFO_KIND -> kind = in.text();
                    case IFLA_INFO_DATA -> data = in.nested();
                    case IFLA_INFO_SLAVE_KIND -> portKind = in.text();
                    default -> {} // statistics, and what a bridge says of its ports
                }
            }
            return new Driver(kind, LinkKind.decode(kind, data), portKind);
        }
    }
}

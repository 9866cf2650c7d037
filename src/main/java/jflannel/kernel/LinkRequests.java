package jflannel.kernel;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static jflannel.kernel.Link.IFF_UP;
import static jflannel.kernel.Link.IFLA_ADDRESS;
import static jflannel.kernel.Link.IFLA_IFNAME;
import static jflannel.kernel.Link.IFLA_INFO_DATA;
import static jflannel.kernel.Link.IFLA_INFO_KIND;
import static jflannel.kernel.Link.IFLA_LINKINFO;
import static jflannel.kernel.Link.IFLA_MASTER;
import static jflannel.kernel.Link.IFLA_MTU;
import static jflannel.netlink.Rtnetlink.NLM_F_CREATE;
import static jflannel.netlink.Rtnetlink.NLM_F_EXCL;
import static jflannel.netlink.Rtnetlink.RTM_DELLINK;
import static jflannel.netlink.Rtnetlink.RTM_NEWLINK;
import static jflannel.netlink.Rtnetlink.RTM_SETLINK;

import java.util.function.Consumer;
import jflannel.ip.Mac;
import jflannel.netlink.MessageWriter;
import jflannel.netlink.Request;
import jflannel.netlink.Rtnetlink;

/// The messages that make, change and remove network interfaces.
final class LinkRequests {
    private static final int IFLA_NET_NS_FD = 28;
    private static final int VETH_INFO_PEER = 1;
    private static final int VXLAN_VNIFILTER_ENTRY = 1;
    private static final int VXLAN_VNIFILTER_ENTRY_START = 1;

    private LinkRequests() {}

    /// @param mac null to let the kernel choose
    static Request vxlan(String name, Mac mac, int mtu, Vxlan vxlan) {
        return create(name, Vxlan.KIND, vxlan::encode, out -> {
            if (mac != null) {
                out.attribute(IFLA_ADDRESS, mac.bytes());
            }
            out.u32Attribute(IFLA_MTU, mtu);
        });
    }

    /// `struct tunnel_msg` and VXLAN_VNIFILTER_* attributes: linux/if_link.h.
    static Request admit(Link vxlan, int vni) {
        byte[] body = new MessageWriter()
                .u8(Rtnetlink.AF_BRIDGE)
                .zeros(3)
                .u32(vxlan.index())
                .nested(
                        VXLAN_VNIFILTER_ENTRY | Rtnetlink.NLA_F_NESTED,
                        entry -> entry.u32Attribute(VXLAN_VNIFILTER_ENTRY_START, vni))
                .bytes();
        return new Request(Rtnetlink.RTM_NEWTUNNEL, 0, body, "admit VNI " + vni + " to", words(vxlan));
    }

    static Request bridge(String name) {
        return create(name, "bridge", null, out -> {});
    }

    /// Two devices that are each other's wire. The peer's properties are a whole link message within the first's.
    static Request veth(String name, String peer) {
        return create(
                name,
                "veth",
                data -> data.nested(VETH_INFO_PEER, out -> out.zeros(16).text(IFLA_IFNAME, peer)),
                out -> {});
    }

    static Request delete(Link link) {
        return new Request(RTM_DELLINK, 0, Link.ifinfomsg(link.index(), 0, 0).bytes(), "delete", words(link));
    }

    static Request mtu(Link link, int mtu) {
        return change(link, "set mtu " + mtu + " of", out -> out.u32Attribute(IFLA_MTU, mtu));
    }

    static Request mac(Link link, Mac mac) {
        return change(link, "set mac " + mac + " of", out -> out.attribute(IFLA_ADDRESS, mac.bytes()));
    }

    static Request up(Link link) {
        byte[] body = Link.ifinfomsg(link.index(), IFF_UP, IFF_UP).bytes();
        return new Request(RTM_SETLINK, 0, body, "bring up", words(link));
    }

    /// @param master index of a bridge, or 0 to belong to none
    static Request master(Link link, int master) {
        return change(link, "set master dev " + master + " of", out -> out.u32Attribute(IFLA_MASTER, master));
    }

    /// @param namespace descriptor of a network namespace
    static Request move(Link link, int namespace) {
        return change(link, "move to another namespace", out -> out.u32Attribute(IFLA_NET_NS_FD, namespace));
    }

    private static Request create(
            String name, String kind, Consumer<MessageWriter> data, Consumer<MessageWriter> properties) {
        MessageWriter out = Link.ifinfomsg(0, 0, 0).text(IFLA_IFNAME, name);
        properties.accept(out);
        out.nested(IFLA_LINKINFO, info -> {
            info.attribute(IFLA_INFO_KIND, kind.getBytes(US_ASCII));
            if (data != null) {
                info.nested(IFLA_INFO_DATA, data);
            }
        });
        return new Request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, out.bytes(), "create", kind + " device " + name);
    }

    private static Request change(Link link, String verb, Consumer<MessageWriter> properties) {
        MessageWriter out = Link.ifinfomsg(link.index(), 0, 0);
        properties.accept(out);
        return new Request(RTM_SETLINK, 0, out.bytes(), verb, words(link));
    }

    private static String words(Link link) {
        return "device " + link.name();
    }
}

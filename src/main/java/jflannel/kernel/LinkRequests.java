package jflannel.kernel;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static jflannel.kernel.Link.IFF_UP;
import static jflannel.kernel.Link.IFLA_ADDRESS;
import static jflannel.kernel.Link.IFLA_IFNAME;
import static jflannel.kernel.Link.IFLA_INFO_DATA;
import static jflannel.kernel.Link.IFLA_INFO_KIND;
import static jflannel.kernel.Link.IFLA_LINKINFO;
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
    private static final int VXLAN_VNIFILTER_ENTRY = 1;
    private static final int VXLAN_VNIFILTER_ENTRY_START = 1;

    private static final int VETH_INFO_PEER = 1;

    private LinkRequests() {}

    static Request create(Device device) {
        MessageWriter out = Link.ifinfomsg(0, 0, 0).text(IFLA_IFNAME, device.name());
        if (device.mac() != null) {
            out.attribute(IFLA_ADDRESS, device.mac().bytes());
        }
        out.u32Attribute(IFLA_MTU, device.mtu())
                .nested(
                        IFLA_LINKINFO,
                        info -> info.attribute(
                                        IFLA_INFO_KIND, device.kind().driver().getBytes(US_ASCII))
                                .nested(IFLA_INFO_DATA, device.kind()::encode));
        String words = device.kind().driver() + " device " + device.name();
        return new Request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, out.bytes(), "create", words);
    }

    /// Two devices of the kind veth: what leaves by one arrives at the other.
    static Request pair(String name, String peer, int mtu) {
        MessageWriter out = Link.ifinfomsg(0, 0, 0)
                .text(IFLA_IFNAME, name)
                .u32Attribute(IFLA_MTU, mtu)
                .nested(
                        IFLA_LINKINFO,
                        info -> info.attribute(IFLA_INFO_KIND, "veth".getBytes(US_ASCII))
                                .nested(
                                        IFLA_INFO_DATA,
                                        data -> data.nested(
                                                VETH_INFO_PEER,
                                                other -> other.raw(Link.ifinfomsg(0, 0, 0)
                                                                .bytes())
                                                        .text(IFLA_IFNAME, peer)
                                                        .u32Attribute(IFLA_MTU, mtu))));
        String words = "veth devices " + name + " and " + peer;
        return new Request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, out.bytes(), "create", words);
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

    static Request down(Link link) {
        return new Request(
                RTM_SETLINK, 0, Link.ifinfomsg(link.index(), 0, IFF_UP).bytes(), "take down", words(link));
    }

    static Request rename(Link link, String name) {
        return change(link, "rename to " + name + " the", out -> out.text(IFLA_IFNAME, name));
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

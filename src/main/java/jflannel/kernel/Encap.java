package jflannel.kernel;

import java.nio.ByteBuffer;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.linux.KernelException;
import jflannel.netlink.MessageReader;
import jflannel.netlink.MessageWriter;

/// The tunnel's end that a route carries itself (a lightweight tunnel), so that the device it leads to needs no
/// table of its own: RTA_ENCAP_TYPE and RTA_ENCAP of linux/rtnetlink.h, LWTUNNEL_IP_* and LWTUNNEL_IP6_* of
/// linux/lwtunnel.h.
///
/// @param type LWTUNNEL_ENCAP_IP, LWTUNNEL_ENCAP_IP6, or another type, of which nothing more is read
/// @param id the network's identifier in the tunnel: for vxlan the VNI; 0 where there is none
/// @param source outer address to send from, of the same family as `destination`
/// @param destination outer address to send to
/// @param flags TUNNEL_* bits of linux/if_tunnel.h, in host order
public record Encap(int type, long id, Ip source, Ip destination, int flags) {
    private static final int LWTUNNEL_ENCAP_IP = 2;
    private static final int LWTUNNEL_ENCAP_IP6 = 4;
    // LWTUNNEL_IP_* and LWTUNNEL_IP6_* are the same numbers
    private static final int ID = 1;
    private static final int DST = 2;
    private static final int SRC = 3;
    private static final int FLAGS = 6;
    private static final int TUNNEL_CSUM = 1;

    /// Packets for the network `vni` of the host at `destination`, with a checksum in the outer UDP header, as a
    /// vxlan device with its own table sends it, and requires it over IPv6.
    public static Encap vxlan(int vni, Ip source, Ip destination) {
        int type = destination.family() == Family.IPV4 ? LWTUNNEL_ENCAP_IP : LWTUNNEL_ENCAP_IP6;
        return new Encap(type, vni, source, destination, TUNNEL_CSUM);
    }

    /// Packets in IPv6 to the host at `destination`, with nothing between the two headers.
    public static Encap inIpv6(Ip source, Ip destination) {
        return new Encap(LWTUNNEL_ENCAP_IP6, 0, source, destination, 0);
    }

    /// The content of RTA_ENCAP: the identifier and the flags are in network byte order.
    void encode(MessageWriter out) {
        out.attribute(ID, ByteBuffer.allocate(Long.BYTES).putLong(id).array())
                .attribute(SRC, source.bytes())
                .attribute(DST, destination.bytes())
                .portAttribute(FLAGS, flags);
    }

    static Encap decode(int type, MessageReader in) throws KernelException {
        long id = 0;
        Ip source = null;
        Ip destination = null;
        int flags = 0;
        while ((type == LWTUNNEL_ENCAP_IP || type == LWTUNNEL_ENCAP_IP6) && in.nextAttribute()) {
            switch (in.attributeType()) {
                case ID -> id = in.u64Attribute();
                case SRC -> source = in.ip();
                case DST -> destination = in.ip();
                case FLAGS -> flags = in.portAttribute();
                default -> {} // time to live and type of service: 0 lets the kernel choose
            }
        }
        return new Encap(type, id, source, destination, flags);
    }

    @Override
    public String toString() {
        return "encap id " + id + " src " + source + " dst " + destination;
    }
}

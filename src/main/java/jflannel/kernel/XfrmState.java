package jflannel.kernel;

import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.linux.KernelException;
import jflannel.netlink.MessageReader;
import jflannel.netlink.MessageWriter;
import jflannel.netlink.Request;

/// Keys of IPsec between two hosts, without the keys: `struct xfrm_usersa_info`, linux/xfrm.h; `ip xfrm state`.
///
/// @param from the host that encrypts with them
/// @param to the one that decrypts
/// @param spi their number in each packet
/// @param reqid the number by which policies name them
/// @param inUdp true if UDP carries the packets
public record XfrmState(Ip from, Ip to, int spi, int reqid, boolean inUdp) {
    static final int DELETE_STATE = 0x11;
    static final int FLUSH_STATES = 0x1c;

    private static final int GET_STATES = 0x12;
    private static final int ID_BYTES = 24; // struct xfrm_usersa_id
    private static final int SELECTOR_BYTES = 56;
    private static final int ADDRESS_BYTES = 16;
    private static final int LIFETIMES_BYTES = 96;
    private static final int STATISTICS_BYTES = 16; // with the sequence number
    private static final int ESP = 50;
    private static final int XFRMA_ENCAP = 4;

    static Request list() {
        return new Request(GET_STATES, 0, new byte[ID_BYTES], "read", "IPsec keys");
    }

    Request deletion() {
        byte[] body = XfrmPolicy.address(to, new MessageWriter())
                .u32(Integer.reverseBytes(spi))
                .u16(to.family().af())
                .u8(ESP)
                .zeros(1)
                .bytes();
        return new Request(DELETE_STATE, 0, body, "delete", this);
    }

    /// @return null for protocols other than ESP
    static XfrmState decode(MessageReader in) throws KernelException {
        in.skip(SELECTOR_BYTES);
        byte[] to = in.raw(ADDRESS_BYTES);
        int spi = Integer.reverseBytes(in.u32());
        int protocol = in.u8();
        byte[] from = in.skip(3).raw(ADDRESS_BYTES);
        int reqid = in.skip(LIFETIMES_BYTES + STATISTICS_BYTES).u32();
        Family family = Family.ofAf(in.u16());
        in.skip(10); // mode, replay window, flags, padding
        boolean inUdp = false;
        while (in.nextAttribute()) {
            inUdp |= in.attributeType() == XFRMA_ENCAP;
        }
        return protocol == ESP && family != null
                ? new XfrmState(XfrmPolicy.ip(from, family), XfrmPolicy.ip(to, family), spi, reqid, inUdp)
                : null;
    }

    @Override
    public String toString() {
        return "src %s dst %s proto esp spi 0x%08x reqid %d%s".formatted(from, to, spi, reqid, inUdp ? " in UDP" : "");
    }
}

package jflannel.kernel;

import static jflannel.netlink.Rtnetlink.AF_BRIDGE;

import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.linux.KernelException;
import jflannel.netlink.MessageReader;

/// An entry of a forwarding database, made by anyone: of a bridge, or of a vxlan device: `struct ndmsg`, bridge(8),
/// linux/neighbour.h.
///
/// @param ifIndex the vxlan device, or the port of the bridge
/// @param mac of the frames
/// @param destination the host that a vxlan device sends them to, or null
/// @param master index of the bridge, or 0
/// @param local the address is the device's own
public record ForwardingEntry(int ifIndex, Mac mac, Ip destination, int master, boolean local) {
    private static final int NDA_DST = 1;
    private static final int NDA_LLADDR = 2;
    private static final int NDA_MASTER = 9;
    private static final int NUD_PERMANENT = 0x80;

    /// @return null for entries of other tables
    static ForwardingEntry decode(MessageReader in) throws KernelException {
        if (in.u8() != AF_BRIDGE) {
            return null;
        }
        int ifIndex = in.skip(3).u32();
        int state = in.u16();
        in.skip(2);
        Ip destination = null;
        Mac mac = null;
        int master = 0;
        while (in.nextAttribute()) {
            switch (in.attributeType()) {
                case NDA_DST -> destination = in.ip();
                case NDA_LLADDR -> mac = in.mac();
                case NDA_MASTER -> master = in.u32Attribute();
                default -> {} // newer kernels send more
            }
        }
        boolean local = destination == null && (state & NUD_PERMANENT) != 0;
        return mac == null ? null : new ForwardingEntry(ifIndex, mac, destination, master, local);
    }
}

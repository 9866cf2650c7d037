package jflannel.kernel;

import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.linux.KernelException;
import jflannel.netlink.MessageReader;

/// A row of the neighbor table in any state, made by anyone: `struct ndmsg`, rtnetlink(7), linux/neighbour.h. What
/// this program makes itself is a [Neighbor].
///
/// @param mac null as long as the kernel knows none
/// @param state NUD_* bits
public record NeighborEntry(int ifIndex, Ip ip, Mac mac, int state) {
    private static final int NDA_DST = 1;
    private static final int NDA_LLADDR = 2;
    private static final int INCOMPLETE = 0x01;
    private static final int FAILED = 0x20;
    private static final int PERMANENT = 0x80;

    /// @return null for entries of other tables
    static NeighborEntry decode(MessageReader in) throws KernelException {
        Family family = Family.ofAf(in.u8());
        int ifIndex = in.skip(3).u32();
        int state = in.u16();
        in.skip(2);
        Ip ip = null;
        Mac mac = null;
        while (family != null && in.nextAttribute()) {
            switch (in.attributeType()) {
                case NDA_DST -> ip = in.ip(family);
                case NDA_LLADDR -> mac = in.mac();
                default -> {} // newer kernels send more
            }
        }
        return ip == null ? null : new NeighborEntry(ifIndex, ip, mac, state);
    }

    /// The neighbor did not answer.
    public boolean failed() {
        return (state & FAILED) != 0;
    }

    /// It was asked, and has not answered yet.
    public boolean asking() {
        return (state & INCOMPLETE) != 0;
    }

    /// Somebody made the entry, and the kernel does not ask the neighbor itself.
    public boolean permanent() {
        return (state & PERMANENT) != 0;
    }

    /// The state as ip(8) prints it.
    public String stateWord() {
        return switch (state) {
            case INCOMPLETE -> "INCOMPLETE";
            case 0x02 -> "REACHABLE";
            case 0x04 -> "STALE";
            case 0x08 -> "DELAY";
            case 0x10 -> "PROBE";
            case FAILED -> "FAILED";
            case 0x40 -> "NOARP";
            case PERMANENT -> "PERMANENT";
            default -> "state 0x" + Integer.toHexString(state);
        };
    }
}

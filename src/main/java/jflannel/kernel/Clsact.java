package jflannel.kernel;

import jflannel.linux.KernelException;
import jflannel.netlink.MessageReader;
import jflannel.netlink.MessageWriter;
import jflannel.netlink.Request;
import jflannel.netlink.Rtnetlink;

/// What gives a device the hooks for filters: the queueing discipline `clsact`, of which a device has one at
/// most. It does nothing by itself. Other programs share it, so it is never deleted. Their `ingress`, which
/// excludes it, has the one hook that matters on a device of theirs, and counts as the same.
public record Clsact(int ifIndex) implements KernelObject {
    private static final int HANDLE = 0xffff0000;
    private static final int PARENT = 0xfffffff1; // TC_H_CLSACT
    private static final int TCA_KIND = 1;

    /// What `struct tcmsg` begins with: the family, three bytes of padding.
    static final int BEFORE_INDEX = 4;

    @Override
    public Object key() {
        return this;
    }

    @Override
    public int rank() {
        return 5;
    }

    byte[] encode() {
        return new MessageWriter()
                .zeros(BEFORE_INDEX)
                .u32(ifIndex)
                .u32(HANDLE)
                .u32(PARENT)
                .u32(0)
                .text(TCA_KIND, "clsact")
                .bytes();
    }

    /// Asks for the queueing disciplines of all devices.
    static Request list() {
        return new Request(
                Rtnetlink.RTM_GETQDISC, 0, new MessageWriter().zeros(20).bytes(), "read", "queueing disciplines");
    }

    /// @return null for other queueing disciplines
    static Clsact decode(MessageReader in) throws KernelException {
        int ifIndex = in.skip(BEFORE_INDEX).u32();
        in.skip(12);
        while (in.nextAttribute()) {
            if (in.attributeType() == TCA_KIND) {
                String kind = in.text();
                return kind.equals("clsact") || kind.equals("ingress") ? new Clsact(ifIndex) : null;
            }
        }
        return null;
    }

    @Override
    public String toString() {
        return "clsact dev " + ifIndex;
    }
}

package jflannel.netlink;

import jflannel.linux.Errno;
import jflannel.linux.KernelException;

/// Generic netlink, by which a driver is configured whose protocol has no number of its own: linux/genetlink.h. The
/// kernel numbers such families as they are loaded.
public final class Genetlink {
    public static final int NETLINK_GENERIC = 16;

    private static final int GENL_ID_CTRL = 0x10;
    private static final int CTRL_CMD_GETFAMILY = 3;
    private static final int CTRL_ATTR_FAMILY_ID = 1;
    private static final int CTRL_ATTR_FAMILY_NAME = 2;

    private Genetlink() {}

    /// A body that begins with `struct genlmsghdr`.
    public static MessageWriter body(int command, int version) {
        return new MessageWriter().u8(command).u8(version).zeros(2);
    }

    /// Skips `struct genlmsghdr`.
    public static MessageReader content(MessageReader in) throws KernelException {
        return in.skip(4);
    }

    /// The number of a family, which is the type of its messages. Asking for it loads the driver, if there is one.
    ///
    /// @throws KernelException with ENOENT if this kernel has no such family
    public static int family(NetlinkSocket socket, String name) throws KernelException {
        byte[] body =
                body(CTRL_CMD_GETFAMILY, 1).text(CTRL_ATTR_FAMILY_NAME, name).bytes();
        return socket.ask(new Request(GENL_ID_CTRL, 0, body, "find", "the kernel's interface " + name), in -> {
            content(in);
            while (in.nextAttribute()) {
                if (in.attributeType() == CTRL_ATTR_FAMILY_ID) {
                    return in.u16Attribute();
                }
            }
            throw new KernelException(
                    "find the kernel's interface " + name, Errno.EBADMSG.number(), "it has no number");
        });
    }
}

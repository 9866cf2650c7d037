package jflannel.kernel;

import jflannel.linux.Errno;
import jflannel.linux.KernelException;
import jflannel.netlink.MessageWriter;
import jflannel.netlink.NetlinkSocket;
import jflannel.netlink.Request;

/// IPsec, as the kernel's XFRM does it: linux/xfrm.h.
public final class Xfrm {
    private static final int NETLINK_XFRM = 6;
    private static final int XFRM_MSG_GETPOLICY = 0x15;
    private static final int POLICY_ID_BYTES = 64; // struct xfrm_userpolicy_id

    private Xfrm() {}

    /// True if there is a policy, by which packets of some kind must be encrypted, or may not pass.
    public static boolean hasPolicies() throws KernelException {
        byte[] body = new MessageWriter().zeros(POLICY_ID_BYTES).bytes();
        Request request = new Request(XFRM_MSG_GETPOLICY, 0, body, "read", "IPsec policies");
        try (NetlinkSocket socket = new NetlinkSocket(NETLINK_XFRM)) {
            return !socket.dump(request, _ -> Boolean.TRUE).isEmpty();
        } catch (KernelException e) {
            if (e.is(Errno.EPROTONOSUPPORT)) {
                return false; // a kernel without IPsec
            }
            throw e;
        }
    }
}

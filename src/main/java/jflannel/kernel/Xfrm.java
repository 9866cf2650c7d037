package jflannel.kernel;

import java.util.List;
import jflannel.linux.Errno;
import jflannel.linux.KernelException;
import jflannel.netlink.NetlinkSocket;

/// IPsec, as the kernel's XFRM does it: linux/xfrm.h.
public final class Xfrm {
    private Xfrm() {}

    /// True if there is a policy, by which packets of some kind must be encrypted, or may not pass.
    public static boolean hasPolicies() throws KernelException {
        try (NetlinkSocket socket = new NetlinkSocket(PolicySocket.NETLINK_XFRM)) {
            return !socket.dump(XfrmPolicy.list(), _ -> Boolean.TRUE).isEmpty();
        } catch (KernelException e) {
            if (PolicySocket.isWithoutIpsec(e)) {
                return false;
            }
            throw e;
        }
    }

    /// The keys that this host has, without the keys themselves.
    public static List<XfrmState> states() throws KernelException {
        try (PolicySocket socket = new PolicySocket()) {
            return socket.states();
        }
    }

    /// Deletes keys; those that are gone already do not matter.
    public static void delete(List<XfrmState> states) throws KernelException {
        try (PolicySocket socket = new PolicySocket()) {
            for (KernelException refusal :
                    socket.execute(states.stream().map(XfrmState::deletion).toList())) {
                if (refusal != null && !refusal.is(Errno.ESRCH)) {
                    throw refusal;
                }
            }
        }
    }

    /// The policies of the shape of flannel's, whoever made them.
    public static List<XfrmPolicy> policies() throws KernelException {
        try (PolicySocket socket = new PolicySocket()) {
            return socket.policies();
        }
    }
}

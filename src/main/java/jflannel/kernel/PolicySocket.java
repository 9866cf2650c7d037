package jflannel.kernel;

import java.util.List;
import jflannel.linux.Errno;
import jflannel.linux.KernelException;
import jflannel.netlink.NetlinkSocket;
import jflannel.netlink.Request;

/// The kernel's IPsec policies, in the namespace of the thread that asks first. Opened only when needed: few nodes
/// have any.
final class PolicySocket implements AutoCloseable {
    static final int NETLINK_XFRM = 6;

    private NetlinkSocket socket;

    /// All policies of our shape, whoever made them; none if this kernel has no IPsec.
    List<XfrmPolicy> policies() throws KernelException {
        try {
            return open().dump(XfrmPolicy.list(), XfrmPolicy::decode);
        } catch (KernelException e) {
            if (isWithoutIpsec(e)) {
                return List.of();
            }
            throw e;
        }
    }

    /// All keys for ESP; none if this kernel has no IPsec.
    List<XfrmState> states() throws KernelException {
        try {
            return open().dump(XfrmState.list(), XfrmState::decode);
        } catch (KernelException e) {
            if (isWithoutIpsec(e)) {
                return List.of();
            }
            throw e;
        }
    }

    /// As [NetlinkSocket#execute].
    KernelException[] execute(List<Request> requests) throws KernelException {
        try {
            return open().execute(requests);
        } catch (KernelException e) {
            if (!isWithoutIpsec(e)) {
                throw e;
            }
            return requests.stream()
                    .map(request -> new KernelException(
                            request.words(),
                            Errno.EPROTONOSUPPORT.number(),
                            "this kernel has no IPsec (CONFIG_XFRM_USER)"))
                    .toArray(KernelException[]::new);
        }
    }

    static boolean isWithoutIpsec(KernelException e) {
        return e.is(Errno.EPROTONOSUPPORT);
    }

    private NetlinkSocket open() throws KernelException {
        if (socket == null) {
            socket = new NetlinkSocket(NETLINK_XFRM);
        }
        return socket;
    }

    @Override
    public void close() {
        if (socket != null) {
            socket.close();
        }
    }
}

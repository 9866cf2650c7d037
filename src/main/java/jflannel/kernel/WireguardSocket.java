package jflannel.kernel;

import java.util.List;
import jflannel.linux.Errno;
import jflannel.linux.KernelException;
import jflannel.netlink.Genetlink;
import jflannel.netlink.NetlinkSocket;
import jflannel.netlink.Request;

/// The configuration of WireGuard devices: their keys, ports and peers. For one thread at a time.
///
/// The kernel reports no changes of it to anybody; who wants to know has to read.
final class WireguardSocket implements AutoCloseable {
    private final NetlinkSocket socket;
    private final WireguardMessages messages;

    /// @throws KernelException if this kernel has no WireGuard
    WireguardSocket() throws KernelException {
        socket = new NetlinkSocket(Genetlink.NETLINK_GENERIC);
        try {
            messages = new WireguardMessages(Genetlink.family(socket, WireguardMessages.FAMILY));
        } catch (KernelException e) {
            socket.close();
            throw e.is(Errno.ENOENT)
                    ? new KernelException("use WireGuard", Errno.EOPNOTSUPP.number(), "this kernel has none")
                    : e;
        }
    }

    /// Gives a device its key and its port. Repeating the call is harmless.
    void configure(Link link, Wireguard wanted) throws KernelException {
        socket.execute(messages.configure(link, wanted));
    }

    /// What a device has now.
    WireguardState read(int ifIndex) throws KernelException {
        return WireguardMessages.join(socket.dump(messages.read(ifIndex), in -> WireguardMessages.decode(ifIndex, in)));
    }

    /// Changes peers, in order.
    ///
    /// @return for each change the kernel's refusal, or null
    KernelException[] apply(List<Plan.Change> changes) throws KernelException {
        return socket.execute(changes.stream().map(this::request).toList());
    }

    private Request request(Plan.Change change) {
        WireguardPeer peer = (WireguardPeer) change.object();
        return change.verb() == Plan.Verb.DELETE ? messages.delete(peer) : messages.put(peer);
    }

    @Override
    public void close() {
        socket.close();
    }
}

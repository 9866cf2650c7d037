package jflannel.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.linux.Errno;
import jflannel.linux.KernelException;
import jflannel.netlink.Genetlink;
import jflannel.netlink.NetlinkSocket;
import jflannel.netlink.Request;

/// The kernel's own WireGuard, by generic netlink.
final class WireguardSocket implements WireguardControl {
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

    @Override
    public void configure(Link link, Wireguard wanted) throws KernelException {
        socket.execute(messages.configure(link, wanted));
    }

    @Override
    public WireguardState read(int ifIndex) throws KernelException {
        return WireguardMessages.join(socket.dump(messages.read(ifIndex), in -> WireguardMessages.decode(ifIndex, in)));
    }

    @Override
    public KernelException[] apply(List<Plan.Change> changes, Set<Cidr> moved) throws KernelException {
        List<Request> requests = new ArrayList<>(changes.size());
        int[] last = new int[changes.size()];
        for (int i = 0; i < last.length; i++) {
            WireguardPeer peer = (WireguardPeer) changes.get(i).object();
            if (changes.get(i).verb() == Plan.Verb.DELETE) {
                requests.add(messages.delete(peer));
            } else {
                peer.greeting(moved).forEach(each -> requests.add(messages.put(each)));
            }
            last[i] = requests.size() - 1;
        }
        KernelException[] all = socket.execute(requests);
        KernelException[] refusals = new KernelException[last.length];
        for (int i = 0; i < last.length; i++) {
            refusals[i] = all[last[i]];
        }
        return refusals;
    }

    @Override
    public void close() {
        socket.close();
    }
}

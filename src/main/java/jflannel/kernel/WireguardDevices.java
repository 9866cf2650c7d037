package jflannel.kernel;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import jflannel.linux.Errno;
import jflannel.linux.KernelException;

/// The WireGuard devices of this namespace, whose driver is only looked for when one is in use. For one thread at a
/// time.
public final class WireguardDevices implements AutoCloseable {
    private WireguardSocket socket;

    /// True if this kernel has WireGuard, or can load it.
    public static boolean areSupported() {
        try (WireguardSocket _ = new WireguardSocket()) {
            return true;
        } catch (KernelException e) {
            return false;
        }
    }

    private WireguardSocket socket() throws KernelException {
        if (socket == null) {
            socket = new WireguardSocket();
        }
        return socket;
    }

    /// Gives a device its key and its port. Repeating the call is harmless.
    void configure(Link link, Wireguard wanted) throws KernelException {
        socket().configure(link, wanted);
    }

    /// What a device has now.
    public WireguardState read(int ifIndex) throws KernelException {
        return socket().read(ifIndex);
    }

    /// The peers of these devices and of those that some are wanted on, as one who wants those sees them.
    List<KernelObject> peers(Set<Integer> devices, Collection<? extends KernelObject> wanted) throws KernelException {
        Set<Integer> all = new TreeSet<>(devices);
        Map<Object, WireguardPeer> byKey = new HashMap<>();
        for (KernelObject object : wanted) {
            if (object instanceof WireguardPeer peer) {
                all.add(peer.ifIndex());
                byKey.put(peer.key(), peer);
            }
        }
        long now = Instant.now().getEpochSecond();
        List<KernelObject> found = new ArrayList<>();
        for (int device : all) {
            for (WireguardState.Peer peer : present(device).peers()) {
                found.add(peer.against(byKey.get(peer.settings().key()), now));
            }
        }
        return found;
    }

    private WireguardState present(int device) throws KernelException {
        try {
            return read(device);
        } catch (KernelException e) {
            if (e.is(Errno.ENODEV)) {
                return WireguardState.NONE; // what is wanted on it will be refused, peer by peer
            }
            throw e;
        }
    }

    /// Changes peers, in order.
    ///
    /// @return for each change the kernel's refusal, or null
    KernelException[] apply(List<Plan.Change> changes) throws KernelException {
        return socket().apply(changes);
    }

    @Override
    public void close() {
        if (socket != null) {
            socket.close();
        }
    }
}

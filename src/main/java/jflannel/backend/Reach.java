package jflannel.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jflannel.dataplane.Endpoint;
import jflannel.kernel.KernelObject;
import jflannel.kernel.WireguardPeer;
import jflannel.kernelpath.KernelPeer;

/// What is needed to reach a peer's subnet.
///
/// @param objects that the kernel should hold
/// @param carried who carries the packets, if that may be this process
record Reach(List<KernelObject> objects, Optional<Carried> carried) {
    static final Reach NOTHING = new Reach(List.of(), Optional.empty());

    Reach {
        objects = List.copyOf(objects);
    }

    static Reach by(KernelObject... objects) {
        return new Reach(List.of(objects), Optional.empty());
    }

    /// The same with these peers instead of those with their keys, each of which is taken out of the map.
    Reach takingFrom(Map<Object, WireguardPeer> peers) {
        List<KernelObject> all = new ArrayList<>();
        for (KernelObject object : objects) {
            KernelObject other = object instanceof WireguardPeer ? peers.remove(object.key()) : object;
            if (other != null) {
                all.add(other);
            }
        }
        return new Reach(all, carried);
    }

    /// Where packets go that pass through this process, or past it.
    ///
    /// @param endpoint where this process sends them
    /// @param peer where the kernel's program sends them, if it does; it checks what comes from there in any case
    /// @param obstacle why the kernel does not carry them, in words; empty if it does
    record Carried(Endpoint endpoint, KernelPeer peer, String obstacle) {}
}

package jflannel.inspect;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jflannel.kernel.KernelObject;

/// What the kernel should hold, as the daemon computes it.
///
/// @param base whoever the peers are
/// @param peers for each other node, by the key of its lease
public record Wanted(Collection<KernelObject> base, Map<Object, Peer> peers) {
    /// Nothing is known.
    public static final Wanted NOTHING = new Wanted(List.of(), Map.of());

    /// @param objects that it takes to reach it
    /// @param ignored why it cannot be reached because of what it published, or ""
    public record Peer(List<KernelObject> objects, String ignored) {
        static final Peer NONE = new Peer(List.of(), "");
    }

    static Wanted of(Comparison comparison) {
        Map<Object, Peer> peers = new HashMap<>();
        comparison
                .peers()
                .forEach(peer -> peers.put(peer.lease().key(), new Peer(objects(peer.entries()), peer.ignored())));
        return new Wanted(objects(comparison.base()), peers);
    }

    private static List<KernelObject> objects(List<Entry> entries) {
        return entries.stream().map(Entry::wanted).toList();
    }

    /// That for one lease.
    public Peer peer(Object key) {
        return peers.getOrDefault(key, Peer.NONE);
    }
}

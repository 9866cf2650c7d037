package jflannel.lease;

import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import jflannel.ip.Ip;

/// The leases of all other nodes, with a record of what changed, so that a pass among thousands need not look at all of
/// them. Used by one thread.
public final class Peers {
    private final Map<Object, Lease> byKey = new HashMap<>();
    /// How many leases name each public address.
    private final TreeMap<Ip, Integer> hosts = new TreeMap<>();
    /// The MTUs that hosts publish, which few do.
    private final Map<Ip, Integer> mtus = new HashMap<>();
    /// A copy of the keys of `hosts`; empty after a change.
    private Optional<Set<Ip>> copyOfHosts = Optional.empty();
    private Changes changes = Changes.none();

    /// What has changed.
    ///
    /// @param keys of the leases that were added, changed or removed
    /// @param hosts the public addresses in these leases, before and after
    public record Changes(Set<Object> keys, Set<Ip> hosts) {
        private static Changes none() {
            return new Changes(new HashSet<>(), new HashSet<>());
        }
    }

    /// These leases, the last of those with one key.
    public static Peers of(Collection<Lease> leases) {
        Peers peers = new Peers();
        leases.forEach(peers::put);
        return peers;
    }

    public Collection<Lease> leases() {
        return Collections.unmodifiableCollection(byKey.values());
    }

    /// @param key a [Lease#key]
    /// @return null if there is none
    public Lease get(Object key) {
        return byKey.get(key);
    }

    /// The public addresses of all nodes.
    public NavigableSet<Ip> hosts() {
        return Collections.unmodifiableNavigableSet(hosts.navigableKeySet());
    }

    /// The same as a copy for other threads: the same one until there are others, which is quickly compared.
    public Set<Ip> copyOfHosts() {
        Set<Ip> copy = copyOfHosts.orElseGet(() -> Set.copyOf(hosts.keySet()));
        copyOfHosts = Optional.of(copy);
        return copy;
    }

    /// The largest packet that a host takes, in bytes; 0 if its lease does not say.
    public int mtu(Ip host) {
        return mtus.getOrDefault(host, 0);
    }

    /// Adds a lease, or replaces an older version of it.
    public void put(Lease lease) {
        Lease former = byKey.put(lease.key(), lease);
        if (lease.equals(former)) {
            return;
        }
        if (former != null) {
            leave(former);
        }
        for (Ip ip : lease.announced().publicIps().values()) {
            if (hosts.merge(ip, 1, Integer::sum) == 1) {
                copyOfHosts = Optional.empty();
            }
            if (lease.announced().mtu() != 0) {
                mtus.put(ip, lease.announced().mtu());
            }
            changes.hosts.add(ip);
        }
        changes.keys.add(lease.key());
    }

    /// @return the lease that was there; null if there was none
    public Lease remove(Object key) {
        Lease lease = byKey.remove(key);
        if (lease != null) {
            leave(lease);
            changes.keys.add(key);
        }
        return lease;
    }

    private void leave(Lease lease) {
        for (Ip ip : lease.announced().publicIps().values()) {
            mtus.remove(ip);
            if (hosts.computeIfPresent(ip, (_, leases) -> leases == 1 ? null : leases - 1) == null) {
                copyOfHosts = Optional.empty();
            }
            changes.hosts.add(ip);
        }
    }

    /// What has changed since the last call.
    public Changes takeChanges() {
        Changes taken = changes;
        changes = Changes.none();
        return taken;
    }
}

package jflannel.policy;

import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.policy.Inventory.Entry;

/// Gives each address to one endpoint: to one that was attached on this node, or else to the youngest that claims it.
/// News costs what it concerns: all other endpoints stay the same objects.
final class AddressHolders {
    private final Map<String, Entry> claims = new HashMap<>();
    private final Map<Cidr, Set<String>> claimants = new HashMap<>();
    private final Map<String, Endpoint> endpoints = new HashMap<>();
    private Map<String, List<Cidr>> attached = Map.of();

    /// What was attached on this node, by the CNI plugin's word, which knows before Kubernetes does.
    void attach(Map<String, List<Cidr>> now, Map<String, Entry> entries) {
        Set<String> concerned = new HashSet<>(attached.keySet());
        concerned.addAll(now.keySet());
        Map<String, List<Cidr>> before = attached;
        attached = now;
        for (String id : concerned) {
            if (entries.containsKey(id) && (!now.containsKey(id) || !now.get(id).equals(before.get(id)))) {
                put(entries.get(id));
            }
        }
    }

    void put(Entry entry) {
        String id = entry.endpoint().id();
        Set<String> concerned = withdraw(id);
        List<Cidr> its = attached.getOrDefault(id, entry.endpoint().addresses());
        Entry claim = new Entry(entry.endpoint().withAddresses(its), entry.created());
        claims.put(id, claim);
        for (Cidr address : its) {
            Set<String> all = claimants.computeIfAbsent(address, _ -> HashSet.newHashSet(1));
            all.add(id);
            concerned.addAll(all);
        }
        concerned.add(id);
        concerned.forEach(this::decide);
    }

    void remove(String id) {
        Set<String> concerned = withdraw(id);
        endpoints.remove(id);
        concerned.forEach(this::decide);
    }

    List<Endpoint> endpoints() {
        return List.copyOf(endpoints.values());
    }

    /// @return the others that claim the same addresses
    private Set<String> withdraw(String id) {
        Set<String> others = new HashSet<>();
        Entry claim = claims.remove(id);
        if (claim != null) {
            for (Cidr address : claim.endpoint().addresses()) {
                Set<String> all = claimants.get(address);
                all.remove(id);
                others.addAll(all);
                if (all.isEmpty()) {
                    claimants.remove(address);
                }
            }
        }
        return others;
    }

    private void decide(String id) {
        Entry claim = claims.get(id);
        List<Cidr> held = claim.endpoint().addresses().stream()
                .filter(address -> holder(address).equals(id))
                .toList();
        Endpoint whole = claim.endpoint();
        endpoints.put(id, held.size() == whole.addresses().size() ? whole : whole.withAddresses(held));
    }

    private String holder(Cidr address) {
        Set<String> all = claimants.get(address);
        return all.size() == 1
                ? all.iterator().next()
                : all.stream()
                        .max(Comparator.<String, Boolean>comparing(attached::containsKey)
                                .thenComparing(id -> claims.get(id).created())
                                .thenComparing(Comparator.naturalOrder()))
                        .orElseThrow();
    }
}

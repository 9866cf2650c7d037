package jflannel.control;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jflannel.firewall.Isolation;
import jflannel.ip.Cidr;
import jflannel.ip.Family;

/// What the networks of one daemon must know of each other. Used by the control threads of all.
public final class HostedNetworks {
    private final int count;
    private final Map<String, Isolation.Other> known = new HashMap<>();
    private final Map<String, Runnable> listeners = new HashMap<>();

    /// @param count how many networks the daemon serves
    public HostedNetworks(int count) {
        this.count = count;
    }

    /// Reserves addresses for a network, as long as the daemon runs.
    ///
    /// @return another network that has some of them, in words; empty if none has
    synchronized Optional<String> reserve(String name, Map<Family, Cidr> networks) {
        for (Map.Entry<String, Isolation.Other> other : known.entrySet()) {
            for (Cidr theirs : other.getValue().networks().values()) {
                if (!other.getKey().equals(name) && networks.values().stream().anyMatch(theirs::overlaps)) {
                    return Optional.of(theirs + " of the network " + other.getKey());
                }
            }
        }
        known.putIfAbsent(name, new Isolation.Other(networks, Set.of()));
        return Optional.empty();
    }

    /// @param changed called when another network changes, on its thread
    synchronized void listen(String name, Runnable changed) {
        listeners.put(name, changed);
    }

    /// A network as it is now.
    synchronized void put(String name, Isolation.Other now) {
        if (!now.equals(known.put(name, now))) {
            listeners.forEach((other, changed) -> {
                if (!other.equals(name)) {
                    changed.run();
                }
            });
        }
    }

    /// All networks but this one.
    synchronized List<Isolation.Other> others(String name) {
        Set<String> names = new HashSet<>(known.keySet());
        names.remove(name);
        List<Isolation.Other> others = new ArrayList<>();
        names.stream().sorted().forEach(other -> others.add(known.get(other)));
        return others;
    }

    synchronized boolean areKnown() {
        return known.size() >= count;
    }
}

package jflannel.policy;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// What the kernel should have, beside what never changes.
///
/// @param sets for each set the elements, by their keys
/// @param chains those that elements lead to
record Rendering(Map<NftSet.Id, Map<Octets, Element>> sets, Set<Chain> chains) {
    Rendering() {
        this(new HashMap<>(), new HashSet<>());
    }

    Map<Octets, Element> of(NftSet.Id set) {
        return sets.getOrDefault(set, Map.of());
    }

    void add(NftSet.Id set, Element element) {
        sets.computeIfAbsent(set, _ -> new HashMap<>()).put(element.key(), element);
    }
}

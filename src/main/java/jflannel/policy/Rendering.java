package jflannel.policy;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What the kernel should have, beside what never changes.
///
/// @param sets for each set the elements, by their keys
/// @param chains those that elements lead to
/// @param isolating for each element that counts what is refused, the ids of the policies that isolate the pod
record Rendering(
        Map<NftSet.Id, Map<Octets, Element>> sets,
        Set<Chain> chains,
        Map<NftSet.Id, Map<Octets, List<String>>> isolating) {
    Rendering() {
        this(new HashMap<>(), new HashSet<>(), new HashMap<>());
    }

    Map<Octets, Element> of(NftSet.Id set) {
        return sets.getOrDefault(set, Map.of());
    }

    /// A set, to be filled.
    ///
    /// @param size that it may have
    Map<Octets, Element> set(NftSet.Id set, int size) {
        return sets.computeIfAbsent(set, _ -> HashMap.newHashMap(size));
    }

    void add(NftSet.Id set, Element element) {
        sets.computeIfAbsent(set, _ -> new HashMap<>()).put(element.key(), element);
    }
}

package jflannel.policy;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/// Gives things numbers, under which the kernel knows them. A thing keeps its number as long as it is in use, so that
/// what does not change need not be programmed again; no number is used twice.
final class Numbers {
    private final Map<Object, Integer> numbers = new HashMap<>();
    private int last;

    int of(Object thing) {
        return numbers.computeIfAbsent(thing, _ -> ++last);
    }

    void retain(Set<?> things) {
        numbers.keySet().retainAll(things);
    }
}

package jflannel.options;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The parsed values of all flags.
final class FlagValues {
    private final Map<Flag<?>, List<Object>> given = new HashMap<>();

    /// Parses a value and adds it.
    ///
    /// @throws Readings.Unreadable or [Readings.Unfit] if it cannot be used
    void add(Flag<?> flag, String text) {
        Object value = flag.read(text);
        given.computeIfAbsent(flag, _ -> new ArrayList<>()).add(value);
    }

    boolean has(Flag<?> flag) {
        return given.containsKey(flag);
    }

    /// The last value given, or else the default, which may be null.
    <T> T of(Flag<T> flag) {
        return has(flag) ? all(flag).getLast() : flag.read(flag.otherwise());
    }

    /// All values given, in order.
    @SuppressWarnings("unchecked") // a flag reads values of its own type
    <T> List<T> all(Flag<T> flag) {
        return (List<T>) given.getOrDefault(flag, List.of());
    }
}

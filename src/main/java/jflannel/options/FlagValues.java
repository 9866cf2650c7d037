package jflannel.options;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/// The parsed values of all flags.
final class FlagValues {
    private final Map<Flag<?>, List<Object>> given = new HashMap<>();
    private final UnaryOperator<Path> files;

    /// @param files where each file is for this process
    FlagValues(UnaryOperator<Path> files) {
        this.files = files;
    }

    /// Parses a value and adds it.
    ///
    /// @throws Readings.Unreadable or [Readings.Unfit] if it cannot be used
    void add(Flag<?> flag, String text) {
        Object value = read(flag, text); // may be refused
        given.computeIfAbsent(flag, _ -> new ArrayList<>()).add(value);
    }

    @SuppressWarnings("unchecked") // a path stays one
    private <T> T read(Flag<T> flag, String text) {
        T value = flag.read(text);
        return value instanceof Path path ? (T) files.apply(path) : value;
    }

    boolean has(Flag<?> flag) {
        return given.containsKey(flag);
    }

    /// The last value given, or else the default, which may be null.
    <T> T of(Flag<T> flag) {
        return has(flag) ? all(flag).getLast() : read(flag, flag.otherwise());
    }

    /// All values given, in order.
    @SuppressWarnings("unchecked") // a flag reads values of its own type
    <T> List<T> all(Flag<T> flag) {
        return (List<T>) given.getOrDefault(flag, List.of());
    }
}

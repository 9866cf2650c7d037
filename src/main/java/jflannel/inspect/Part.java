package jflannel.inspect;

import java.util.Optional;

/// One thing that was looked for.
public sealed interface Part<T> {
    /// @param from where it was found, in words
    record Found<T>(T thing, String from) implements Part<T> {}

    /// @param why it was not found, as a sentence without its full stop; may quote others
    record Missing<T>(String why) implements Part<T> {}

    static <T> Part<T> found(T value, String from) {
        return new Found<>(value, from);
    }

    static <T> Part<T> missing(String why) {
        return new Missing<>(why);
    }

    /// What was found.
    default Optional<T> value() {
        return this instanceof Found<T>(T thing, String _) ? Optional.of(thing) : Optional.empty();
    }

    /// Where it was found, or why it was not.
    default String words() {
        return switch (this) {
            case Found<T>(T _, String from) -> from;
            case Missing<T>(String why) -> why;
        };
    }
}

package jflannel.lease;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import jflannel.lease.ConfigException.Verbatim;

/// An option of a backend in the network configuration, declared once: for validation, for reading the value, for
/// the table on the backend's page, and to decide whether the value may be logged.
///
/// @param <T> Integer, Boolean, String, a list of strings, or an enum
public final class BackendOption<T> {
    private static final Verbatim HIDDEN = new Verbatim("(hidden)");

    private final String name;
    private final Reading<T> reading;
    private final String otherwise;
    private final String meaning;
    private final boolean secret;

    private interface Reading<T> {
        T read(JsonFields backend);
    }

    private BackendOption(String name, Reading<T> reading, String otherwise, String meaning, boolean secret) {
        this.name = name;
        this.reading = reading;
        this.otherwise = otherwise;
        this.meaning = meaning;
        this.secret = secret;
    }

    /// @param least the smallest value allowed
    /// @param most the largest
    static BackendOption<Integer> number(String name, int otherwise, int least, int most, String meaning) {
        return new BackendOption<>(
                name,
                backend -> backend.integer(name, otherwise, least, most),
                String.valueOf(otherwise),
                meaning,
                false);
    }

    static BackendOption<Boolean> truth(String name, boolean otherwise, String meaning) {
        return new BackendOption<>(
                name, backend -> backend.bool(name, otherwise), String.valueOf(otherwise), meaning, false);
    }

    /// One of the constants of an enum, in lower case.
    static <E extends Enum<E>> BackendOption<E> choice(String name, E otherwise, String meaning) {
        E[] all = otherwise.getDeclaringClass().getEnumConstants();
        return new BackendOption<>(
                name, backend -> chosen(backend, name, otherwise, all), "\"" + word(otherwise) + "\"", meaning, false);
    }

    private static <E extends Enum<E>> E chosen(JsonFields backend, String name, E otherwise, E[] all) {
        String given = backend.string(name, word(otherwise));
        for (E each : all) {
            if (word(each).equals(given.toLowerCase(Locale.ROOT))) {
                return each;
            }
        }
        List<String> words = Arrays.stream(all).map(BackendOption::word).toList();
        throw new ConfigException(
                backend.where(name),
                given,
                "Give %s or %s.".formatted(String.join(", ", words.subList(0, words.size() - 1)), words.getLast()));
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    static BackendOption<String> text(String name, String otherwise, String meaning) {
        return new BackendOption<>(name, backend -> backend.string(name, otherwise), otherwise, meaning, false);
    }

    /// A string, or an array of strings; by default none.
    ///
    /// @param otherwise describes what happens without it
    static BackendOption<List<String>> texts(String name, String meaning, String otherwise) {
        return new BackendOption<>(name, backend -> backend.strings(name), otherwise, meaning, false);
    }

    /// The same option, with a description of its default where the value alone says too little.
    BackendOption<T> byDefault(String words) {
        return new BackendOption<>(name, reading, words, meaning, secret);
    }

    /// The same option, but its value is never logged.
    BackendOption<T> secret() {
        return new BackendOption<>(name, reading, otherwise, meaning, true);
    }

    /// @throws ConfigException if the value cannot be used
    T of(JsonFields backend) {
        try {
            return reading.read(backend);
        } catch (ConfigException e) {
            throw secret ? new ConfigException(backend.where(name), HIDDEN, "See the page of the backend.") : e;
        }
    }

    /// The key in the JSON object.
    public String name() {
        return name;
    }

    /// The default: a JSON value, or a description.
    public String otherwise() {
        return otherwise;
    }

    /// The description for the documentation.
    public String meaning() {
        return meaning;
    }

    /// True if the value must not be logged.
    public boolean isSecret() {
        return secret;
    }

    @Override
    public String toString() {
        return name;
    }
}

package jflannel.options;

import java.util.function.Function;

/// A flag of flanneld, declared once for the command line, the environment, the help and the table in the docs.
///
/// @param <T> the type of its value
final class Flag<T> {
    private final String name;
    private final String label;
    private final String otherwise;
    private final String meaning;
    private final Function<String, T> reading;
    private final boolean repeats;
    private final boolean secret;

    private Flag(
            String name,
            String label,
            String otherwise,
            String meaning,
            Function<String, T> reading,
            boolean repeats,
            boolean secret) {
        this.name = name;
        this.label = label;
        this.otherwise = otherwise;
        this.meaning = meaning;
        this.reading = reading;
        this.repeats = repeats;
        this.secret = secret;
    }

    /// @param name without dashes
    /// @param label stands for the value in the help
    /// @param otherwise the default, as a user would write it; empty for none
    /// @param reading turns the user's text into the value, or throws [Readings.Unreadable] or [Readings.Unfit]
    static <T> Flag<T> of(String name, String label, String otherwise, Function<String, T> reading, String meaning) {
        return new Flag<>(name, label, otherwise, meaning, reading, false, false);
    }

    /// A flag that is on or off; without a value it is on.
    static Flag<Boolean> toggle(String name, boolean otherwise, String meaning) {
        return new Flag<>(name, "", String.valueOf(otherwise), meaning, Readings::truth, false, false);
    }

    /// The same flag, but repeatable.
    Flag<T> repeatable() {
        return new Flag<>(name, label, otherwise, meaning, reading, true, secret);
    }

    /// The same flag, but its value is never logged.
    Flag<T> secret() {
        return new Flag<>(name, label, otherwise, meaning, reading, repeats, true);
    }

    T read(String text) {
        return reading.apply(text);
    }

    String name() {
        return name;
    }

    /// As users type it: `--etcd-prefix`, `-v`.
    String dashed() {
        return (name.length() == 1 ? "-" : "--") + name;
    }

    String label() {
        return label;
    }

    String otherwise() {
        return otherwise;
    }

    String meaning() {
        return meaning;
    }

    boolean isSwitch() {
        return label.isEmpty();
    }

    boolean repeats() {
        return repeats;
    }

    boolean isSecret() {
        return secret;
    }

    /// The value as it may be logged: without passwords, including those in URLs.
    String shown(String value) {
        return secret ? "(hidden)" : value.replaceAll("//[^/@,]*@", "//(hidden)@");
    }

    @Override
    public String toString() {
        return dashed();
    }
}

package jflannel.lease;

/// The user must change a flag, a file or a key. The message is all they get to see: no stack trace.
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// @param where the flag, or the file or store key and the field in it, as the user wrote it
    /// @param value what was found there
    /// @param need what would be right, as a sentence with an example
    public ConfigException(String where, Object value, String need) {
        super("%s: \"%s\" cannot be used. %s".formatted(where, value, need));
    }

    /// @param message where something is missing rather than wrong: whole sentences that say what to do
    public ConfigException(String message) {
        super(message);
    }
}

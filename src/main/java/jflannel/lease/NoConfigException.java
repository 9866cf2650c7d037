package jflannel.lease;

import java.util.Optional;

/// The store answers, and has no network configuration.
public final class NoConfigException extends ConfigException {
    private static final long serialVersionUID = 1L;

    private final String similar;

    /// @param similar a key that looks like the missing one, and has a configuration
    public NoConfigException(String message, Optional<String> similar) {
        super(message);
        this.similar = similar.orElse("");
    }

    /// The key of a configuration that may be the one that was meant.
    public Optional<String> similar() {
        return Optional.of(similar).filter(key -> !key.isEmpty());
    }
}

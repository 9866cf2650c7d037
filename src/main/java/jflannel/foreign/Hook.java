package jflannel.foreign;

import java.util.Locale;
import java.util.Optional;

/// A point at which the kernel calls chains.
enum Hook {
    PREROUTING,
    INPUT,
    FORWARD,
    OUTPUT,
    POSTROUTING;

    /// @param name as iptables or nft writes it, in any case
    /// @return empty for a hook that no routed packet passes
    static Optional<Hook> named(String name) {
        String capitals = name.toUpperCase(Locale.ROOT);
        for (Hook hook : values()) {
            if (hook.name().equals(capitals)) {
                return Optional.of(hook);
            }
        }
        return Optional.empty();
    }
}

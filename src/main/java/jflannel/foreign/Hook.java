package jflannel.foreign;

import java.util.Locale;
import java.util.Optional;

/// Where the kernel calls a chain.
enum Hook {
    PREROUTING,
    INPUT,
    FORWARD,
    OUTPUT,
    POSTROUTING;

    /// @param name as iptables or nft write it, in capitals or not; empty for one where no routed packet passes
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

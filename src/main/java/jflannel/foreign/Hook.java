package jflannel.foreign;

import java.util.Locale;
import java.util.Optional;

/// A point at which the kernel calls chains.
public enum Hook {
    PREROUTING,
    INPUT,
    FORWARD,
    OUTPUT,
    POSTROUTING,
    /// What a device has received, before all others: of nftables, for single devices.
    INGRESS,
    /// What a device is about to send, after all others.
    EGRESS,
    /// What a bridge has received and hands to this node.
    BRIDGE_IN,
    /// What this node sends by a bridge.
    BRIDGE_OUT;

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

    /// @param family of the table, as nft writes it
    /// @param name as nft writes it; empty for one where no routed packet passes
    static Optional<Hook> named(String family, String name) {
        return switch (family) {
            case "arp" -> Optional.empty();
            case "bridge" ->
                switch (name) {
                    case "prerouting", "input" -> Optional.of(BRIDGE_IN);
                    case "output", "postrouting" -> Optional.of(BRIDGE_OUT);
                    default -> Optional.empty();
                };
            default -> named(name);
        };
    }
}

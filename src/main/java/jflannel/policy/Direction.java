package jflannel.policy;

import java.util.Locale;

/// A packet's direction as the pod sees it that a policy selects.
public enum Direction {
    INGRESS,
    EGRESS;

    /// As in a policy's YAML.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}

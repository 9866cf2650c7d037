package jflannel.trace;

import java.util.Locale;

/// Whether the packet passes.
public enum Verdict {
    OK,
    /// It certainly does not, or not as flannel wants it to.
    BROKEN,
    /// That cannot be said from here.
    UNKNOWN;

    /// As JSON has it.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}

package jflannel.doctor;

import java.util.Locale;

/// How bad a [Diagnosis] is, from harmless to bad.
public enum Grade {
    /// Worth knowing; nothing is wrong now.
    NOTE(0),
    /// The network works, but not as it should, or not with every peer.
    DEGRADED(1),
    /// The network does not work on this node.
    BROKEN(2);

    private final int exitCode;

    Grade(int exitCode) {
        this.exitCode = exitCode;
    }

    /// The command's exit code if this is the worst.
    public int exitCode() {
        return exitCode;
    }

    /// Its name for programs.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}

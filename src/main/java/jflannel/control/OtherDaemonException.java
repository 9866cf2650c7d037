package jflannel.control;

import java.io.IOException;
import jflannel.names.Owner;

/// Another running daemon has a device or a port that this one's configuration asks for; it may end, or the
/// configuration may change.
final class OtherDaemonException extends IOException {
    private static final long serialVersionUID = 1L;

    /// @param what belongs to `owner`
    /// @param option of the backend that decides about it
    /// @param where the configuration is
    OtherDaemonException(String what, Owner owner, String option, String where) {
        super("%s belongs to %s: set another %s in %s".formatted(what, owner, option, where));
    }
}

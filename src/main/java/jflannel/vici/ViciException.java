package jflannel.vici;

import java.io.IOException;

/// charon refused a command, does not know it, or sent something that is not VICI.
public final class ViciException extends IOException {
    private static final long serialVersionUID = 1;

    public ViciException(String message) {
        super(message);
    }
}

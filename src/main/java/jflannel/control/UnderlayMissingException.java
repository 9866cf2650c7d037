package jflannel.control;

import java.io.IOException;
import jflannel.underlay.UnderlayChoice;

/// No interface leads to the other nodes yet; one may come.
final class UnderlayMissingException extends IOException {
    private static final long serialVersionUID = 1L;

    UnderlayMissingException(UnderlayChoice.Missing missing) {
        super(missing.words());
    }
}

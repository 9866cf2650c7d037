package jflannel.json;

import java.io.IOException;

/// What arrives in a stream is not JSON; the message says what is wrong.
public final class MalformedJsonException extends IOException {
    private static final long serialVersionUID = 1L;

    MalformedJsonException(String fault) {
        super("not JSON: " + fault);
    }
}

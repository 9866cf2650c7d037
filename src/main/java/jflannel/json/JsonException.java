package jflannel.json;

/// A text is not valid JSON; the message says what is wrong, and where.
public final class JsonException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    JsonException(String message) {
        super(message);
    }
}

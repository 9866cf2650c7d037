package jflannel.options;

/// Ends the program. The user sees only the message, without a stack trace.
public final class ExitException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// Bad command line, or the health port is taken. Go programs exit with this code in both cases.
    public static final int USAGE = 2;

    private final int code;

    public ExitException(int code, String message) {
        super(message);
        this.code = code;
    }

    /// The exit code for the operating system.
    public int code() {
        return code;
    }
}

package jflannel.options;

/// The program must end now. The message is all that the user gets to see: no stack trace.
public final class ExitException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// The command line is not one of this program's, or the health port is taken: what Go programs exit with then.
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

package jflannel.testing;

import java.io.IOException;
import jflannel.linux.Command;

/// Shell commands for tests, run in the network namespace of the calling thread.
public final class Sh {
    private Sh() {}

    /// The output of a script without surrounding white space.
    ///
    /// @throws IOException if any of its commands fails
    public static String sh(String script) throws IOException {
        return Command.run("bash", "-ec", script).strip();
    }

    /// True if the script succeeds.
    public static boolean succeeds(String script) throws IOException {
        return Command.attempt("", "bash", "-ec", script).exitCode() == 0;
    }
}

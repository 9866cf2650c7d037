package jflannel.extension;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jflannel.linux.Command;
import jflannel.work.Printable;

/// A command with all that it is given.
///
/// @param command as in the network configuration; empty for none, which always succeeds
/// @param variables beside those that it inherits
/// @param input what it reads, without the line break at the end
record Task(String command, Map<String, String> variables, String input) {
    /// What is kept of a command's output, in bytes.
    private static final int MOST_OUTPUT = 16 * 1024;
    /// What is shown of it, in characters.
    private static final int SHOWN = 300;

    Task {
        variables = Map.copyOf(variables);
    }

    /// The command ran and failed, or could not be run.
    static final class Failed extends IOException {
        private static final long serialVersionUID = 1L;

        Failed(String message) {
            super(message);
        }
    }

    /// Runs the command to its end, on the calling thread.
    ///
    /// @param inherited environment
    /// @return what it printed, without white space around it
    /// @throws Failed with its exit code and output, in printable characters
    String run(Duration limit, Map<String, String> inherited) throws Failed {
        CommandLine line = CommandLine.parse(command);
        if (line == null) {
            return "";
        }
        Map<String, String> all = new HashMap<>(inherited);
        all.putAll(variables);
        List<String> words = line.with(all);
        Command.Result result;
        try {
            result = Command.excerpt(limit, MOST_OUTPUT, input + "\n", all, words.toArray(String[]::new));
        } catch (IOException e) {
            throw new Failed(Printable.line(e.getMessage(), SHOWN));
        }
        String output = result.output().strip();
        if (result.exitCode() != 0) {
            throw new Failed("`%s` exited with %d%s"
                    .formatted(
                            Printable.line(String.join(" ", words), SHOWN),
                            result.exitCode(),
                            output.isEmpty() ? " and printed nothing" : ": " + Printable.line(output, SHOWN)));
        }
        return output;
    }
}

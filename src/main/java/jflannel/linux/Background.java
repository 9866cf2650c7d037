package jflannel.linux;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Starts another program that outlives this one, in the network namespace of the calling thread.
public final class Background {
    private static final File NOTHING = new File("/dev/null");

    private Background() {}

    /// @param environment variables beside this process's own
    /// @param log takes what it prints, in place of what was there
    /// @param words the program and its arguments
    /// @throws IOException if it cannot be started
    public static Process start(Map<String, String> environment, Path log, List<String> words) throws IOException {
        List<String> all = new ArrayList<>();
        // what interrupts this process in a terminal should not interrupt the other
        Command.find("setsid").ifPresent(it -> all.add(it.toString()));
        all.addAll(words);
        ProcessBuilder builder = new ProcessBuilder(all)
                .redirectInput(ProcessBuilder.Redirect.from(NOTHING))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().putAll(environment);
        return builder.start();
    }
}

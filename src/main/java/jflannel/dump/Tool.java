package jflannel.dump;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import jflannel.linux.Command;

/// What another program prints, up to a size and within a time. Its failure is news too.
record Tool(List<String> words) implements BundleFile.Source {
    static final int LARGEST = 8 << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    Tool(String... words) {
        this(List.of(words));
    }

    @Override
    public String read() throws IOException {
        Command.Result result = Command.excerpt(PATIENCE, LARGEST, words.toArray(String[]::new));
        String end = result.exitCode() == 0 ? "" : "[exit code %d]\n".formatted(result.exitCode());
        return "$ %s\n%s%s%s".formatted(String.join(" ", words), result.output(), result.errors(), end);
    }
}

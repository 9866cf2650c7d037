package jflannel.house;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// docs/architecture.md lists every thread that the daemon names.
class ThreadsDocTest {
    private static final Path CODE = Path.of("src/main/java/jflannel");
    private static final Pattern NAMED = Pattern.compile(
            "(?:Worker\\.start|new WatchLoop|new Keeper<>|new RuleKeeper<>|WebServer\\.start)\\(\\s*\"([a-z0-9-]+)\""
                    + "|(?:\\.ofPlatform\\(\\)|\\.ofVirtual\\(\\)|\\.daemon\\(\\))\\s*\\.name\\(\"([a-z0-9-]+)\""
                    + "|\\.setName\\(\"([a-z0-9-]+)\"\\)");

    private static final Pattern FIRST_COLUMN = Pattern.compile("(?m)^\\| ([a-z0-9, -]+) \\|");

    @Test
    void everyThreadStandsInTheTable() throws IOException {
        String page = Files.readString(Path.of("docs/architecture.md"));
        String table = page.substring(page.indexOf("\n## Threads\n"));
        Set<String> documented = FIRST_COLUMN
                .matcher(table.substring(0, table.indexOf("\n## ", 1)))
                .results()
                .flatMap(row -> Stream.of(row.group(1).split(", ")))
                .collect(toCollection(TreeSet::new));
        Set<String> threads = threads();
        assertThat(threads).contains("control", "audit", "firewall", "kernel-watch", "healthz", "signal");
        assertThat(documented).containsAll(threads);
    }

    private static Set<String> threads() throws IOException {
        try (Stream<Path> files = Files.walk(CODE)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> !file.startsWith(CODE.resolve("lab")))
                    .flatMap(file -> NAMED.matcher(text(file)).results())
                    .map(found -> Stream.of(found.group(1), found.group(2), found.group(3))
                            .filter(name -> name != null)
                            .findFirst()
                            .orElseThrow())
                    .collect(toCollection(TreeSet::new));
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package jflannel.options;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import jflannel.lease.BackendOption;
import jflannel.lease.BackendType;
import jflannel.lease.NetworkKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The tables in the docs are what the code declares. Run it with `-Dupdate` to write them.
class ReferenceTest {
    private static final Path PAGE = Path.of("docs/configuration.md");
    private static final Path BACKENDS = Path.of("docs/backends");

    @Test
    void thePageHasTheTablesThatTheCodeDeclares() throws IOException {
        expect(PAGE, Map.of("flags", flags(), "network keys", networkKeys()));
    }

    @ParameterizedTest
    @EnumSource(BackendType.class)
    void thePageOfABackendHasTheOptionsThatTheCodeDeclares(BackendType type) throws IOException {
        Path page = BACKENDS.resolve(type.title() + ".md");
        if (type.options().isEmpty()) {
            assertThat(page).content().doesNotContain("made from the code");
        } else {
            expect(page, Map.of("options", options(type)));
        }
    }

    private static void expect(Path path, Map<String, String> tables) throws IOException {
        String page = Files.readString(path);
        String right = page;
        for (Map.Entry<String, String> table : tables.entrySet()) {
            right = replaced(right, table.getKey(), table.getValue());
        }
        if (System.getProperty("update") != null) {
            Files.writeString(path, right);
        } else {
            assertThat(page)
                    .as("%s is stale: mvn -Dquick test -Dtest=ReferenceTest -Dupdate writes its tables", path)
                    .isEqualTo(right);
        }
    }

    /// Puts a table between its two markers.
    private static String replaced(String page, String name, String table) {
        String from = "<!-- made from the code: " + name + " -->\n";
        String to = "<!-- end: " + name + " -->\n";
        assertThat(page).containsOnlyOnce(from).containsOnlyOnce(to);
        return page.substring(0, page.indexOf(from) + from.length()) + table + page.substring(page.indexOf(to));
    }

    private static String flags() {
        StringBuilder text =
                new StringBuilder("| flag | in the environment | default | meaning |\n|---|---|---|---|\n");
        for (Flags.Group group : Flags.GROUPS) {
            text.append("| **%s** | | | |\n".formatted(group.title()));
            group.flags().forEach(flag -> text.append(row(flag)));
        }
        return text.toString();
    }

    private static String row(Flag<?> flag) {
        return "| %s | %s | %s | %s |\n"
                .formatted(
                        code(flag + (flag.isSwitch() ? "" : "=" + flag.label())),
                        codes(Variables.of(flag)),
                        flag.otherwise().isEmpty()
                                ? ""
                                : codes(List.of(flag.otherwise().split(","))),
                        cell(flag.meaning()));
    }

    private static String codes(List<String> words) {
        return words.stream().map(ReferenceTest::code).collect(joining(", "));
    }

    private static String options(BackendType type) {
        StringBuilder text = new StringBuilder("| key | default | meaning |\n|---|---|---|\n");
        for (BackendOption<?> option : type.options()) {
            text.append("| %s | %s | %s |\n".formatted(code(option.name()), option.otherwise(), option.meaning()));
        }
        return text.toString();
    }

    private static String networkKeys() {
        StringBuilder text = new StringBuilder("| key | default | meaning |\n|---|---|---|\n");
        for (NetworkKey key : NetworkKey.values()) {
            String names = code(key.key()) + (key.perFamily() ? ", " + code("IPv6" + key.key()) : "");
            String value = key.otherwise();
            boolean json = value.matches("true|false|\\{.*");
            text.append("| %s | %s | %s |\n".formatted(names, json ? code(value) : value, key.meaning()));
        }
        return text.toString();
    }

    private static String code(String text) {
        return "`" + cell(text) + "`";
    }

    private static String cell(String text) {
        return text.replace("|", "\\|");
    }
}

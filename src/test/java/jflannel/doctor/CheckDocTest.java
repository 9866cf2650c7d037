package jflannel.doctor;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import jflannel.status.Condition;
import org.junit.jupiter.api.Test;

/// The table of checks in docs/tools.md is what the code declares. Run it with `-Dupdate` to write it.
class CheckDocTest {
    private static final Path PAGE = Path.of("docs/tools.md");
    private static final String START = "<!-- made from the code: checks -->\n";
    private static final String END = "<!-- end: checks -->";

    private static String table() {
        return "| check | looks at | remedy |\n|---|---|---|\n"
                + Arrays.stream(Check.values())
                        .map(check ->
                                "| `%s` | %s | %s |\n".formatted(check.code(), cell(check.looksAt()), remedy(check)))
                        .collect(joining());
    }

    private static String cell(String text) {
        return text.replace("|", "\\|");
    }

    /// Commands are code; sentences are not.
    private static String remedy(Check check) {
        String remedy = check.remedy().replace("ETCDCTL_API=3 ", "");
        return remedy.startsWith("{")
                ? "as the finding says"
                : remedy.matches("(what|do what|as) .*") ? cell(remedy) : "`" + cell(remedy) + "`";
    }

    @Test
    void thePageHasTheChecksThatTheCodeDeclares() throws IOException {
        String page = Files.readString(PAGE);
        int start = page.indexOf(START) + START.length();
        int end = page.indexOf(END);
        assertThat(start).isBetween(START.length(), end);
        if (System.getProperty("update") != null) {
            Files.writeString(PAGE, page.substring(0, start) + table() + page.substring(end));
        } else {
            assertThat(page.substring(start, end)).isEqualTo(table());
        }
    }

    @Test
    void everyCodeIsOfOneCheck() {
        Set<String> codes = Arrays.stream(Check.values()).map(Check::code).collect(Collectors.toSet());
        assertThat(codes).hasSameSizeAs(Check.values()).allMatch(code -> code.matches("[a-z0-9-]+"));
    }

    @Test
    void whatTheDaemonReportsOfForeignRulesAndForwardingIsFoundByTheDoctorItself() {
        for (Condition condition : Set.of(
                Condition.FOREIGN_DROP,
                Condition.FOREIGN_REWRITE,
                Condition.FOREIGN_MARK,
                Condition.FORWARDING_OFF,
                Condition.ROUTES_OVERRIDDEN,
                Condition.NETWORK_OVERLAP,
                Condition.STRAY_BRIDGE,
                Condition.STORE_SILENT)) {
            assertThat(Check.values()).anyMatch(check -> check.covers(condition));
        }
    }
}

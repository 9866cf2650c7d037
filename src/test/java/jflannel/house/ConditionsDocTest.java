package jflannel.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jflannel.status.Condition;
import jflannel.status.Phase;
import org.junit.jupiter.api.Test;

/// docs/conditions.md lists what the code declares: every condition with its severity and remedy, and every state.
class ConditionsDocTest {
    private static final Path PAGE = Path.of("docs/conditions.md");
    private static final Pattern ITEM = Pattern.compile("- `([a-z-]+)` \\(([a-z-]+)\\)\\. .+ \\*\\*Remedy:\\*\\* (.+)");
    private static final Pattern STATE = Pattern.compile("\\| `([a-z-]+)` \\| [^|]+ \\|");

    @Test
    void everyConditionStandsThereWithItsSeverityAndRemedy() throws IOException {
        List<String> items = matches(ITEM)
                .map(row -> row.group(1) + ": " + row.group(2) + ", " + row.group(3))
                .toList();
        assertThat(items)
                .containsExactlyElementsOf(Arrays.stream(Condition.values())
                        .map(it -> it.code() + ": " + it.severity().word() + ", " + it.remedy())
                        .toList());
    }

    @Test
    void everyStateStandsThere() throws IOException {
        List<String> states = matches(STATE).map(row -> row.group(1)).toList();
        assertThat(states)
                .contains("ready", "degraded", "waiting-for-kernel")
                .containsAll(Arrays.stream(Phase.values())
                        .filter(phase -> phase != Phase.RUNNING)
                        .map(phase -> phase.name().toLowerCase(Locale.ROOT).replace('_', '-'))
                        .toList());
    }

    private static Stream<MatchResult> matches(Pattern shape) throws IOException {
        return Files.readString(PAGE).replace("\n  ", " ").lines().flatMap(line -> {
            Matcher matcher = shape.matcher(line);
            return matcher.matches() ? Stream.of(matcher.toMatchResult()) : Stream.empty();
        });
    }
}

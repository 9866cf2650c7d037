package jflannel.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// What `bin/flanneld` demands of Java, which says nothing if it does not know what is meant.
class LauncherTest {
    private static final Pattern EXCLUDED = Pattern.compile("CompileCommand=exclude,([\\w/]+)\\.(\\w+)");

    @Test
    void excludesOnlyMethodsThatJavaHas() throws Exception {
        var excluded = EXCLUDED.matcher(Files.readString(Path.of("src/main/dist/bin/flanneld")))
                .results()
                .toList();
        assertThat(excluded).isNotEmpty();
        for (MatchResult each : excluded) {
            Class<?> type = Class.forName(each.group(1).replace('/', '.'));
            assertThat(Arrays.stream(type.getDeclaredMethods()).map(Method::getName))
                    .contains(each.group(2));
        }
    }
}

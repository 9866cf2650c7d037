package jflannel.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GoFlagsTest {
    private static GoFlags read(String line) {
        return GoFlags.read(List.of(line.split(" ")), Set.of("ip-masq"), Set.of("iface", "v", "etcd-password"));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', nullValues = "-", useHeadersInDisplayName = true, textBlock = """
            words                     | flags                   | ignored
            -iface eth0               | iface=eth0              |
            --iface eth0              | iface=eth0              |
            -iface=eth0               | iface=eth0              |
            --iface=eth0              | iface=eth0              |
            --iface=                  | iface=                  |
            --iface=a=b               | iface=a=b               |
            --iface --ip-masq         | iface=--ip-masq         |
            --iface a --iface b       | iface=a iface=b         |
            -v 2 -v=3                 | v=2 v=3                 |
            --ip-masq                 | ip-masq=true            |
            -ip-masq=0                | ip-masq=0               |
            --ip-masq=false -v=1      | ip-masq=false v=1       |
            --ip-masq false -v=1      | ip-masq=true            | false -v=1
            -v=1 word --iface=x       | v=1                     | word --iface=x
            -v=1 -- --iface=x         | v=1                     | --iface=x
            -v=1 - --iface=x          | v=1                     | - --iface=x
            """)
    void readsWordsAsGoDoes(String words, String flags, String ignored) {
        GoFlags line = read(words);
        assertThat(line.flags().stream().map(f -> f.name() + "=" + f.value()).collect(Collectors.joining(" ")))
                .isEqualTo(flags);
        assertThat(String.join(" ", line.ignored())).isEqualTo(ignored == null ? "" : ignored);
        assertThat(line.help()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "-help", "-h", "-v=1 --help --nonsense"})
    void stopsAtAQuestionForHelp(String words) {
        assertThat(read(words).help()).isTrue();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            --ifcae=eth0       | --ifcae cannot be used. There is no such flag. Did you mean --iface?
            -listen :1         | -listen cannot be used. There is no such flag.
            --iface            | --iface cannot be used. This flag needs a value: --iface=VALUE.
            ---v=1             | ---v cannot be used. There is no such flag.
            --=1               | -- cannot be used. There is no such flag.
            """)
    void refusesWhatGoRefusesAndExitsWith2(String words, String message) {
        assertThatThrownBy(() -> read(words))
                .isInstanceOfSatisfying(
                        ExitException.class, e -> assertThat(e.code()).isEqualTo(2))
                .hasMessage(message + "\nflanneld --help lists all flags.");
    }

    @Test
    void doesNotRepeatTheValueOfAMisspeltFlag() {
        assertThatThrownBy(() -> read("--etcd-passwort=geheim"))
                .hasMessageContaining("--etcd-password")
                .hasMessageNotContaining("geheim");
    }

    @Test
    void knowsGosWordsForTruthAndNoOthers() {
        for (String word : List.of("1", "t", "T", "true", "TRUE", "True")) {
            assertThat(GoFlags.truth(word)).isTrue();
        }
        for (String word : List.of("0", "f", "F", "false", "FALSE", "False")) {
            assertThat(GoFlags.truth(word)).isFalse();
        }
        for (String word : List.of("", "yes", "no", "on", "tRUE", "2", " true")) {
            assertThat(GoFlags.truth(word)).isNull();
        }
    }
}

package jflannel.lease;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShellWordTest {
    @Test
    void quotesOnlyWhatNeedsIt() {
        assertThat(ShellWord.of("/coreos.com/network/config")).isEqualTo("/coreos.com/network/config");
        assertThat(ShellWord.of("{\"a\":1}")).isEqualTo("'{\"a\":1}'");
        assertThat(ShellWord.of("")).isEqualTo("''");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "\"/kube/network\"/config", "it's", "$HOME `id`", "a\\b", "*", "~", "#x", "a;b"})
    void aShellReadsTheTextAgain(String text) throws Exception {
        Process shell = new ProcessBuilder("sh", "-c", "printf %s " + ShellWord.of(text)).start();
        assertThat(new String(shell.getInputStream().readAllBytes())).isEqualTo(text);
    }
}

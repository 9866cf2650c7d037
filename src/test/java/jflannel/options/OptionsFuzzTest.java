package jflannel.options;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.List;
import java.util.Map;
import jflannel.lease.ConfigException;

/// Whatever stands on the command line, a word on each line, is read or refused with a reason, and does not show the
/// password.
class OptionsFuzzTest {
    private static final String PASSWORD = "--etcd-password=secr3t";

    @FuzzTest
    void commandLine(byte[] data) {
        String text = new String(data, UTF_8);
        if (text.contains("regex")) {
            return; // one flag takes a regular expression: Jazzer takes any for an attack, and this one is the
            // operator's
        }
        List<String> words = (PASSWORD + "\n" + text).lines().toList();
        String told;
        try {
            told = Options.parse(words, Map.of()).redacted;
        } catch (ExitException | ConfigException e) {
            told = e.getMessage();
        }
        assertThat(told).isNotNull().doesNotContain("secr3t");
    }
}

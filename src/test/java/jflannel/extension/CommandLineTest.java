package jflannel.extension;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CommandLineTest {
    private static final Map<String, String> VARIABLES =
            Map.of("SUBNET", "10.5.2.0/24", "EVIL", "x; touch /tmp/y $(id) `id` ${SUBNET} $SUBNET a b", "EMPTY", "");

    private static List<String> words(String command) {
        return CommandLine.parse(command).with(VARIABLES);
    }

    @Test
    void variablesAreReplacedWordByWord() {
        assertThat(words("  ip  route\tadd $SUBNET via ${SUBNET}x\n"))
                .containsExactly("ip", "route", "add", "10.5.2.0/24", "via", "10.5.2.0/24x");
    }

    @Test
    void whatAVariableHoldsStaysOneWordAndIsNotLookedAtAgain() {
        assertThat(words("echo $EVIL")).containsExactly("echo", VARIABLES.get("EVIL"));
        assertThat(words("echo -$EVIL-")).containsExactly("echo", "-" + VARIABLES.get("EVIL") + "-");
    }

    @Test
    void unsetVariablesAreEmptyAndOtherDollarsStay() {
        assertThat(words("a $NONE ${EMPTY} $ $1 ${ ${} $$")).containsExactly("a", "", "", "$", "$1", "${", "${}", "$$");
    }

    @Test
    void nothingIsSyntax() {
        assertThat(words("a 'b c' \"d\" | e; f && g > h \\ i"))
                .containsExactly("a", "'b", "c'", "\"d\"", "|", "e;", "f", "&&", "g", ">", "h", "\\", "i");
        assertThat(CommandLine.parse(" \t\n")).isNull();
    }

    @Test
    void secretsOfTheDaemonAreNotInherited() {
        assertThat(Surroundings.of(Map.of(
                        "PATH", "/bin",
                        "FLANNELD_ETCD_PASSWORD", "a",
                        "FLANNELD_IFACE", "eth0",
                        "ACCESS_KEY_SECRET", "b",
                        "aws_session_token", "c",
                        "MY_SITE", "d")))
                .isEqualTo(Map.of("PATH", "/bin", "MY_SITE", "d"));
    }
}

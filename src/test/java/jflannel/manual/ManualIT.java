package jflannel.manual;

import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jflannel.linux.Command;
import jflannel.options.Options;
import jflannel.testing.FlannelCommand;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The files as packages have them, read by those programs that they are for.
class ManualIT {
    @TempDir
    static Path share;

    @BeforeAll
    static void write() {
        FlannelCommand.Said said =
                FlannelCommand.run("manual", share.toString(), "--version-of=1.2.3", "--seconds=1700000000");
        assertThat(said.exitCode()).as(said.output()).isZero();
    }

    private static void needs(String program) {
        assumeTrue(Command.find(program).isPresent(), program + " is missing");
    }

    private static String page(String name) throws IOException {
        return Files.readString(share.resolve("man").resolve(name));
    }

    @Test
    void theManualHasEveryFlagOfTheDaemonAndEveryCommand() throws IOException {
        String daemon = page("man8/flanneld.8");
        assertThat(Options.names())
                .allSatisfy(flag ->
                        assertThat(daemon).containsPattern("(?m)^\\\\fB\\Q" + flag.replace("-", "\\-") + "\\E\\\\fR"));
        String tool = page("man1/flannel.1");
        assertThat(tool)
                .contains(".SS \"flannel lease reserve\"", "\\fB\\-\\-for\\fR=\\fIIP\\fR", ".SS \"flannel dump\"")
                .doesNotContain("${", "flannel manual");
    }

    @ParameterizedTest
    @ValueSource(strings = {"man1/flannel.1", "man8/flanneld.8"})
    void formattersHaveNothingToSayAgainstThePages(String name) throws IOException {
        needs("groff");
        needs("mandoc");
        Path page = share.resolve("man").resolve(name);
        assertThat(sh("groff -man -Tutf8 -ww -z " + page + " 2>&1")).isEmpty();
        assertThat(sh("mandoc -Tlint -Wwarning " + page + " 2>&1 || true")).isEmpty();
        assertThat(sh("MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 " + page + " 2>&1 >/dev/null"))
                .isEmpty();
        assertThat(sh("mandoc -Tutf8 " + page + " | col -b"))
                .contains("NAME", "EXIT STATUS")
                .doesNotContain("\\-");
    }

    private static List<String> offered(String shell, String line) throws IOException {
        String words = switch (shell) {
            case "bash" -> """
                    . %1$s/bash-completion/completions/flannel; . %1$s/bash-completion/completions/flanneld
                    read -ra COMP_WORDS <<<'%2$s'
                    case '%2$s' in *' ') COMP_WORDS+=('') ;; esac
                    COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); "_${COMP_WORDS[0]}"; printf '%%s\\n' "${COMPREPLY[@]}"
                    """;
            case "fish" -> """
                    source %1$s/fish/vendor_completions.d/flannel.fish
                    source %1$s/fish/vendor_completions.d/flanneld.fish
                    complete -C '%2$s'
                    """;
            default -> """
                    compdef() { : }
                    compset() { : }
                    compadd() { shift; print -l -- "$@" }
                    _files() { print -l -- files }
                    _describe() { print -l -- "${(@P)4}" }
                    source %1$s/zsh/vendor-completions/_flannel; source %1$s/zsh/vendor-completions/_flanneld
                    words=(${(z):-'%2$s'}); [[ '%2$s' != *' ' ]] || words+=('')
                    CURRENT=${#words}; _${words[1]}
                    """;
        };
        return sh("HOME=%s %s -c %s".formatted(share, shell, quoted(words.formatted(share, line))))
                .lines()
                .map(each -> shell.equals("zsh") ? each.replaceFirst(":.*", "") : each.replaceFirst("\t.*", ""))
                .map(each -> each.replaceFirst("=$", ""))
                .toList();
    }

    private static String quoted(String script) {
        return "'" + script.replace("'", "'\\''") + "'";
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            bash | flannel l                    | lease
            bash | flannel lease                | reserve
            bash | flannel lease list --etcd-ca | --etcd-cafile
            bash | flannel lease list -o        | json
            bash | flanneld --etcd-pre          | --etcd-prefix
            bash | flanneld --peer-filter       | auto
            fish | flannel l                    | lease
            fish | flannel lease                | reserve
            fish | flannel lease list --etcd-ca | --etcd-cafile
            fish | flannel lease list -o        | json
            fish | flanneld --etcd-pre          | --etcd-prefix
            fish | flanneld --peer-filter       | auto
            zsh  | flannel                      | lease
            zsh  | flannel lease                | reserve
            zsh  | flannel lease list           | --etcd-cafile
            zsh  | flannel lease list -o        | json
            zsh  | flanneld                     | --etcd-prefix
            zsh  | flanneld --peer-filter       | auto
            """)
    void shellsOfferWhatFits(String shell, String line, String wanted) throws IOException {
        needs(shell);
        boolean begun = line.matches(".* (l|--etcd-ca|--etcd-pre)");
        List<String> offered = offered(shell, begun ? line : line + " ");
        assertThat(offered).contains(wanted);
        assertThat(offered)
                .as("of other commands")
                .doesNotContain(line.startsWith("flannel lease") ? "--vtep-mac" : "--for");
    }

    @Test
    void theCommandPrintsTheSameForBothPrograms() throws IOException {
        String bash = FlannelCommand.run("completion", "bash").output();
        assertThat(bash)
                .isEqualTo(Files.readString(share.resolve("bash-completion/completions/flannel"))
                        + Files.readString(share.resolve("bash-completion/completions/flanneld")));
    }
}

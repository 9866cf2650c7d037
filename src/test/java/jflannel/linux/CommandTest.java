package jflannel.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class CommandTest {
    @Test
    void readsMoreThanAPipeHolds() throws IOException {
        assertThat(Command.run("head", "-c", "1000000", "/dev/zero")).hasSize(1_000_000);
    }

    @Test
    void readsWhatIsSaidOnBothStreams() throws IOException {
        Command.Result result =
                Command.attempt("head of both", "sh", "-c", "cat; head -c 200000 /dev/zero >&2; exit 3");

        assertThat(result.exitCode()).isEqualTo(3);
        assertThat(result.output()).isEqualTo("head of both");
        assertThat(result.errors()).hasSize(200_000);
    }

    @Test
    void keepsOnlyTheLinesThatAreWanted() throws IOException {
        assertThat(Command.lines(line -> line.endsWith("7"), "seq", "1", "30")).containsExactly("7", "17", "27");
    }

    @Test
    void aFailureCarriesTheProgramsOwnWords() {
        assertThatThrownBy(() -> Command.lines(line -> true, "sh", "-c", "echo out of order >&2; exit 2"))
                .isInstanceOfSatisfying(
                        Command.Failed.class, e -> assertThat(e.exitCode()).isEqualTo(2))
                .hasMessageContaining("out of order");
    }

    @Test
    void findsProgramsAndMissesThoseThatDoNotExist() {
        assertThat(Command.find("sh")).isPresent();
        assertThat(Command.find("no-such-program")).isEmpty();
    }
}

package jflannel.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

/// The time limit of a test is there for code that waits for ever, on a thread that no interrupt wakes.
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
class CommandTest {
    private static final Duration SHORT = Duration.ofMillis(500);

    @TempDir
    Path folder;

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

    @Test
    void aProgramThatDoesNotReadItsInputKeepsNobody() {
        assertThatThrownBy(() -> Command.attempt(SHORT, "x".repeat(200_000), "sleep", "1000"))
                .hasMessageContaining("`sleep 1000` did not end within");
    }

    @Test
    void aProgramThatStopsReadingItsInputIsAskedForItsExitCode() throws IOException {
        Command.Result result = Command.attempt("x".repeat(200_000), "sh", "-c", "head -c 1; exit 3");

        assertThat(result).isEqualTo(new Command.Result(3, "x", ""));
    }

    @Test
    void aChildThatKeepsTheOutputOpenKeepsNobody() {
        assertThatThrownBy(() -> Command.finish(new Left(SILENT, InputStream.nullInputStream()), SHORT, "", "tool"))
                .hasMessageContaining("`tool` ended, but a process that it started kept its output open");
        assertThatThrownBy(() -> Command.finish(new Left(InputStream.nullInputStream(), SILENT), SHORT, "", "tool"))
                .hasMessageContaining("`tool` ended, but a process that it started kept its output open");
    }

    @Test
    void aProgramThatTakesTooLongEndsWithItsChildren() throws Exception {
        Path pid = folder.resolve("pid");
        assertThatThrownBy(() -> Command.attempt(SHORT, "", "sh", "-c", "sleep 1000 & echo $! >" + pid + "; wait"))
                .hasMessageContaining("did not end within");

        ProcessHandle.of(Long.parseLong(Files.readString(pid).strip()))
                .ifPresent(child -> child.onExit().join());
    }

    /// Neither says anything nor ends.
    private static final InputStream SILENT = new InputStream() {
        @Override
        public int read() throws IOException {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return -1;
        }
    };

    /// A process that has ended, with pipes that others may still hold. (Java may let go of a real one's pipes once it
    /// has ended, or may not: that depends on whether a read is under way.)
    private static final class Left extends Process {
        private final InputStream output;
        private final InputStream errors;

        Left(InputStream output, InputStream errors) {
            this.output = output;
            this.errors = errors;
        }

        @Override
        public OutputStream getOutputStream() {
            return OutputStream.nullOutputStream();
        }

        @Override
        public InputStream getInputStream() {
            return output;
        }

        @Override
        public InputStream getErrorStream() {
            return errors;
        }

        @Override
        public int waitFor() {
            return 0;
        }

        @Override
        public int exitValue() {
            return 0;
        }

        @Override
        public void destroy() {}
    }

    @Test
    void aProgramThatPrintsMoreThanIsOfUseFails() throws Exception {
        assertThat(Command.runLimited(3, "printf", "abc")).isEqualTo("abc");
        assertThatThrownBy(() -> Command.runLimited(3, "printf", "abcd"))
                .isInstanceOf(IOException.class)
                .hasRootCauseMessage("it prints more than 3 bytes");
        assertThatThrownBy(() -> Command.runLimited(1000, "yes")).isInstanceOf(IOException.class);
    }
}

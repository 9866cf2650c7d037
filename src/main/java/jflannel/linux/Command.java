package jflannel.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// Runs another program to its end, without a shell. A child lives in the network namespace of the calling thread.
public final class Command {
    private static final int PATIENCE_SECONDS = 60;

    private Command() {}

    /// What a program that ran to its end left behind.
    public record Result(int exitCode, String output, String errors) {}

    /// The program ran and failed; its own words are in the message.
    public static final class Failed extends IOException {
        private static final long serialVersionUID = 1L;

        private final int exitCode;

        Failed(List<String> words, Result result) {
            super("`%s` exited with %d: %s".formatted(String.join(" ", words), result.exitCode, result.errors.strip()));
            this.exitCode = result.exitCode;
        }

        public int exitCode() {
            return exitCode;
        }
    }

    /// Runs a program and returns its standard output.
    ///
    /// @throws Failed if it exits with anything but 0
    /// @throws IOException if it cannot be started, or hangs
    public static String run(String... words) throws IOException {
        return runWithInput("", words);
    }

    /// As [#run], with `input` as the program's standard input.
    public static String runWithInput(String input, String... words) throws IOException {
        return check(attempt(input, words), words);
    }

    /// The output of a program that was to succeed.
    ///
    /// @throws Failed if it did not
    public static String check(Result result, String... words) throws Failed {
        if (result.exitCode != 0) {
            throw new Failed(List.of(words), result);
        }
        return result.output;
    }

    /// Runs a program whose failure is an answer too.
    ///
    /// @throws IOException if it cannot be started, or hangs for a minute
    public static Result attempt(String input, String... words) throws IOException {
        return finish(new ProcessBuilder(words).start(), input, words);
    }

    /// As [#attempt], of a program that was started elsewhere: a thread that lives in another namespace may start it
    /// and this one wait.
    public static Result finish(Process process, String input, String... words) throws IOException {
        CompletableFuture<String> errors = CompletableFuture.supplyAsync(() -> text(process.getErrorStream()));
        CompletableFuture<String> output = CompletableFuture.supplyAsync(() -> text(process.getInputStream()));
        try {
            try (var stdin = process.getOutputStream()) {
                stdin.write(input.getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                // it ended without reading: its exit code tells why
            }
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException(
                        "`%s` did not end within %d s".formatted(String.join(" ", words), PATIENCE_SECONDS));
            }
            return new Result(process.exitValue(), output.join(), errors.join());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while running " + words[0], e);
        } finally {
            process.destroyForcibly();
        }
    }

    private static String text(java.io.InputStream stream) {
        try (stream) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }
}

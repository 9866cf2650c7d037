package jflannel.linux;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// Runs another program to its end, without a shell, in the network namespace of the calling thread.
///
/// No caller waits longer than a minute, whatever the program does: it may ignore its input, never end, or leave a
/// child behind that keeps the output open. A program that takes longer is killed with all its children.
public final class Command {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final List<String> SYSTEM_DIRECTORIES = List.of("/usr/local/sbin", "/usr/sbin", "/sbin");

    private Command() {}

    /// What a program printed, and its exit code.
    public record Result(int exitCode, String output, String errors) {}

    /// The program ran and failed; the message contains what it printed.
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

    /// The output of a program that must succeed.
    ///
    /// @throws Failed if it did not
    public static String check(Result result, String... words) throws Failed {
        if (result.exitCode != 0) {
            throw new Failed(List.of(words), result);
        }
        return result.output;
    }

    /// Runs a program whose failure is an answer, too.
    ///
    /// @throws IOException if it cannot be started, or hangs
    public static Result attempt(String input, String... words) throws IOException {
        return attempt(PATIENCE, input, words);
    }

    static Result attempt(Duration patience, String input, String... words) throws IOException {
        return finish(start(words), patience, input, words);
    }

    /// As [#attempt], for a program that was started elsewhere: a thread in another namespace may start it, and this
    /// one waits.
    public static Result finish(Process process, String input, String... words) throws IOException {
        return finish(process, PATIENCE, input, words);
    }

    static Result finish(Process process, Duration patience, String input, String... words) throws IOException {
        Ended<String> ended = toItsEnd(process, patience, input, Command::text, words);
        return new Result(ended.exitCode, ended.output, ended.errors);
    }

    /// Runs a program and returns the `wanted` lines of its standard output. The others are not kept: some programs
    /// print megabytes, of which a few lines matter.
    ///
    /// @throws Failed if it exits with anything but 0
    /// @throws IOException if it cannot be started, or hangs
    public static List<String> lines(Predicate<String> wanted, String... words) throws IOException {
        Process process = start(words);
        Ended<List<String>> ended = toItsEnd(process, PATIENCE, "", stream -> matching(stream, wanted), words);
        if (ended.exitCode != 0) {
            throw new Failed(List.of(words), new Result(ended.exitCode, "", ended.errors));
        }
        return ended.output;
    }

    /// As [#run], of a program that may print more than is of use.
    ///
    /// @param most bytes of output
    /// @throws IOException if it prints more, besides the reasons that [#run] has
    public static String runLimited(int most, String... words) throws IOException {
        Process process = start(words);
        Ended<String> ended = toItsEnd(process, PATIENCE, "", stream -> text(stream, most), words);
        return check(new Result(ended.exitCode, ended.output, ended.errors), words);
    }

    private static Process start(String... words) throws IOException {
        return start(new ProcessBuilder(words));
    }

    /// Java explains at length, on further lines, what its own reasons might be.
    private static Process start(ProcessBuilder builder) throws IOException {
        try {
            return builder.start();
        } catch (IOException e) {
            throw new IOException(
                    String.valueOf(e.getMessage())
                            .lines()
                            .findFirst()
                            .orElse("")
                            .strip(),
                    e);
        }
    }

    /// The first part of what a program prints, for a reader who would rather have too little than wait.
    ///
    /// @param most bytes of output to keep
    /// @throws IOException if it cannot be started, or hangs
    public static Result excerpt(Duration patience, int most, String... words) throws IOException {
        Process process = start(words);
        Ended<String> ended = toItsEnd(process, patience, "", stream -> beginning(stream, most), words);
        return new Result(ended.exitCode, ended.output, ended.errors);
    }

    /// The same of a program that is not one of the system's: it gets this environment and no other, and what it
    /// says on both its streams is one text.
    public static Result excerpt(
            Duration patience, int most, String input, Map<String, String> environment, String... words)
            throws IOException {
        ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
        builder.environment().clear();
        builder.environment().putAll(environment);
        Ended<String> ended = toItsEnd(start(builder), patience, input, stream -> beginning(stream, most), words);
        return new Result(ended.exitCode, ended.output, ended.errors);
    }

    /// Where a program is: in a directory of PATH, or in one for system programs, which the PATH of a service or a
    /// user may lack.
    public static Optional<Path> find(String program) {
        String path = Objects.requireNonNullElse(System.getenv("PATH"), "");
        return Stream.concat(Stream.of(path.split(":")), SYSTEM_DIRECTORIES.stream())
                .filter(directory -> !directory.isEmpty())
                .map(directory -> Path.of(directory, program))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private record Ended<T>(int exitCode, T output, String errors) {}

    private static <T> Ended<T> toItsEnd(
            Process process, Duration patience, String input, Function<InputStream, T> reading, String... words)
            throws IOException {
        long deadline = System.nanoTime() + patience.toNanos();
        String command = String.join(" ", words);
        // All three streams at once, each on its own thread: a pool may have only one thread (it does, on two
        // processors), and a program whose full pipe nobody reads would wait forever.
        CompletableFuture<String> errors =
                CompletableFuture.supplyAsync(() -> text(process.getErrorStream()), Command::onOwnThread);
        CompletableFuture<T> output =
                CompletableFuture.supplyAsync(() -> reading.apply(process.getInputStream()), Command::onOwnThread);
        try {
            write(process, input);
            if (!process.waitFor(patience)) {
                throw new IOException("`%s` did not end within %d s".formatted(command, patience.toSeconds()));
            }
            return new Ended<>(process.exitValue(), await(output, deadline), await(errors, deadline));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while running " + words[0], e);
        } catch (ExecutionException e) {
            throw new IOException("cannot read the output of `%s`".formatted(command), e.getCause());
        } catch (TimeoutException e) {
            throw new IOException(
                    "`%s` ended, but a process that it started kept its output open for %d s"
                            .formatted(command, patience.toSeconds()),
                    e);
        } finally {
            end(process);
        }
    }

    private static void write(Process process, String input) throws IOException {
        if (input.isEmpty()) {
            process.getOutputStream().close();
        } else {
            onOwnThread(() -> {
                try (var stdin = process.getOutputStream()) {
                    stdin.write(input.getBytes(StandardCharsets.UTF_8));
                } catch (IOException e) {
                    // it ended without reading: its exit code says why
                }
            });
        }
    }

    private static <T> T await(CompletableFuture<T> stream, long deadline)
            throws InterruptedException, ExecutionException, TimeoutException {
        return stream.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
    }

    /// Its children first: nothing leads to them once it is gone.
    private static void end(Process process) {
        if (process.isAlive()) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private static void onOwnThread(Runnable work) {
        Thread.ofPlatform().name("command-stream").daemon().start(work);
    }

    private static String text(InputStream stream) {
        try (stream) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String text(InputStream stream, int most) {
        try (stream) {
            byte[] bytes = stream.readNBytes(most + 1);
            if (bytes.length > most) {
                throw new IOException("it prints more than " + most + " bytes");
            }
            return new String(bytes, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Reads to the end, so that the program can end too.
    private static String beginning(InputStream stream, int most) {
        try (stream) {
            String text = new String(stream.readNBytes(most), StandardCharsets.UTF_8);
            long more = stream.transferTo(OutputStream.nullOutputStream());
            return more == 0 ? text : text + "\n[%d more bytes]\n".formatted(more);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> matching(InputStream stream, Predicate<String> wanted) {
        try (stream) {
            return new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))
                    .lines()
                    .filter(wanted)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

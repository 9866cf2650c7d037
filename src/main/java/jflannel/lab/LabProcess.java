package jflannel.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import jflannel.linux.Command;

/// A program that runs on a host of the lab until it is ended.
public final class LabProcess {
    private final String words;
    private final Process process;
    private final Path log;

    LabProcess(String words, Process process, Path log) {
        this.words = words;
        this.process = process;
        this.log = log;
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /// How it ended; 128 + n if by signal n.
    ///
    /// @throws IllegalThreadStateException if it still runs
    public int exitCode() {
        return process.exitValue();
    }

    /// Everything it has printed so far, after the output of earlier runs with the same log.
    public String output() throws IOException {
        return Files.exists(log) ? Files.readString(log) : "";
    }

    /// The last lines it printed.
    public List<String> tail(int lines) throws IOException {
        List<String> all = output().lines().toList();
        return all.subList(Math.max(0, all.size() - lines), all.size());
    }

    /// Asks it to end (SIGTERM), and waits for that.
    ///
    /// @return its exit code
    /// @throws IOException if it takes longer; it runs on then
    public int terminate(int seconds) throws IOException {
        process.destroy();
        return await(seconds);
    }

    /// Waits until it ends by itself.
    ///
    /// @throws IOException if it takes longer; it runs on then
    public int await(int seconds) throws IOException {
        try {
            if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
                throw new IOException("%s [%d] did not end within %d s".formatted(words, pid(), seconds));
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for " + words, e);
        }
    }

    /// Freezes it (SIGSTOP): its connections stay open but are not served.
    public void freeze() throws IOException {
        Command.run("kill", "-STOP", Long.toString(pid()));
    }

    /// Resumes it after [#freeze].
    public void thaw() throws IOException {
        Command.run("kill", "-CONT", Long.toString(pid()));
    }

    /// Kills it without a chance to clean up (SIGKILL), and waits until it is gone.
    public void kill() {
        process.destroyForcibly();
        boolean interrupted = false;
        while (process.isAlive()) {
            try {
                process.waitFor();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}

package jflannel.etcd;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import jflannel.linux.Command;

/// A real etcd of one member with data of its own, as a child process in the network namespace of the thread that
/// starts it. May be stopped and started again with the same data.
final class EtcdServer implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(20);

    private final Path directory;
    private final String clientUrl;
    private final List<String> more;
    private final Thread endWithProgram = new Thread(this::kill, "etcd-end");
    private Process process;

    private EtcdServer(Path directory, String clientUrl, List<String> more) {
        this.directory = directory;
        this.clientUrl = clientUrl;
        this.more = more;
    }

    /// Starts etcd and waits until it serves.
    ///
    /// @param directory for its data and its log; made if it is missing
    /// @param clientUrl where it listens: `http://127.0.0.1:2379`, `https://…` with certificates among `more`
    /// @param more further options of etcd's
    /// @throws IOException if there is no etcd in the PATH, or it ends or does not serve within 20 s
    public static EtcdServer start(Path directory, String clientUrl, String... more) throws IOException {
        EtcdServer server = new EtcdServer(directory, clientUrl, List.of(more));
        Runtime.getRuntime().addShutdownHook(server.endWithProgram);
        try {
            server.start();
        } catch (IOException e) {
            server.close();
            throw e;
        }
        return server;
    }

    /// Starts it again after [#stop] or [#kill], and waits until it serves.
    public void start() throws IOException {
        Files.createDirectories(directory);
        Files.deleteIfExists(log());
        List<String> words = new ArrayList<>(List.of(
                "etcd",
                "--name=lab",
                "--data-dir=" + directory.resolve("data"),
                "--listen-client-urls=" + clientUrl,
                "--advertise-client-urls=" + clientUrl,
                // nobody joins: any free port will do
                "--listen-peer-urls=http://127.0.0.1:0",
                "--initial-advertise-peer-urls=http://127.0.0.1:0",
                "--initial-cluster=lab=http://127.0.0.1:0",
                "--unsafe-no-fsync",
                "--logger=zap",
                "--log-outputs=stderr"));
        words.addAll(more);
        ProcessBuilder etcd =
                new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(log().toFile());
        etcd.environment().keySet().removeIf(name -> name.startsWith("ETCD_"));
        try {
            process = etcd.start();
        } catch (IOException e) {
            throw new IOException("etcd cannot be started; install it (Debian: apt-get install etcd-server)", e);
        }
        process.getOutputStream().close();
        awaitReady();
    }

    public String clientUrl() {
        return clientUrl;
    }

    public long pid() {
        return process.pid();
    }

    /// All that this run of the server said.
    public Path log() {
        return directory.resolve("etcd.log");
    }

    /// Ends it orderly (SIGTERM); the data stays.
    public void stop() {
        end(false);
    }

    /// Ends it at once (SIGKILL); the data stays.
    public void kill() {
        end(true);
    }

    /// Freezes it (SIGSTOP): connections stay open and are not served.
    public void freeze() throws IOException {
        Command.run("kill", "-STOP", Long.toString(pid()));
    }

    /// Lets it go on after [#freeze].
    public void thaw() throws IOException {
        Command.run("kill", "-CONT", Long.toString(pid()));
    }

    /// Deletes all data of a server that was ended: it starts as an empty one.
    public void forgetAll() throws IOException {
        if (process.isAlive()) {
            throw new IllegalStateException("etcd is running");
        }
        try (var files = Files.walk(directory.resolve("data"))) {
            files.sorted(java.util.Comparator.reverseOrder()).forEach(file -> {
                try {
                    Files.delete(file);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }

    @Override
    public void close() {
        kill();
        try {
            Runtime.getRuntime().removeShutdownHook(endWithProgram);
        } catch (IllegalStateException e) {
            // the program is ending: the hook runs
        }
    }

    private void end(boolean atOnce) {
        if (process == null) {
            return;
        }
        try {
            if (!atOnce) {
                process.destroy();
                if (process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                    return;
                }
            }
            process.destroyForcibly().waitFor();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    private void awaitReady() throws IOException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!said().contains("serving client traffic")) {
            if (!process.isAlive() || System.nanoTime() > end) {
                kill();
                throw new IOException("etcd does not serve at %s; its last words:%n%s"
                        .formatted(clientUrl, said().substring(Math.max(0, said().length() - 2_000))));
            }
            try {
                Thread.sleep(BETWEEN_LOOKS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while etcd was starting", e);
            }
        }
    }

    private String said() throws IOException {
        return new String(Files.readAllBytes(log()), StandardCharsets.UTF_8);
    }
}

package jflannel.extension;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import jflannel.lease.ExtensionKeys;
import jflannel.lease.NetworkConfig;
import jflannel.lease.NotYetException;
import jflannel.status.Board;
import jflannel.work.Keeper;

/// The command before the start of the backend `extension`, whose output this node announces. It runs on a thread of
/// its own, once for each start and for each change of the command.
public final class PreStartup implements AutoCloseable {
    private static final Duration PAUSE = Duration.ofSeconds(10);
    /// The longest output that is announced, in characters: every node in the cluster keeps it.
    private static final int MOST = 8 * 1024;

    private final Map<String, String> inherited;
    private final Runnable news;
    private final Keeper<Run> keeper;
    private Run wanted;
    private Optional<String> printed = Optional.empty();
    private String fault = "";

    private record Run(String command, Duration limit) {}

    /// @param environment of the daemon
    /// @param news called when the command has succeeded
    public PreStartup(Map<String, String> environment, Board board, Runnable news) {
        this.inherited = Surroundings.of(environment);
        this.news = news;
        this.keeper = new Keeper<>("pre-startup", board, this::run);
    }

    /// What to announce.
    ///
    /// @throws NotYetException while the command runs, or if it failed and will be run again
    public synchronized String output(NetworkConfig network) {
        String command = network.option(ExtensionKeys.PRE_STARTUP);
        if (command.isBlank()) {
            return "";
        }
        Run run = new Run(command, Duration.ofSeconds(network.option(ExtensionKeys.TIMEOUT)));
        if (!run.equals(wanted)) {
            wanted = run;
            printed = Optional.empty();
            fault = "";
            keeper.keep(run);
        }
        return printed.orElseThrow(() -> new NotYetException(
                fault.isEmpty()
                        ? "the PreStartupCommand has not ended yet"
                        : "the PreStartupCommand failed: " + fault));
    }

    /// Waits until the command has ended once, but not longer than that.
    public synchronized void await(Duration patience) throws InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        while (wanted != null && printed.isEmpty() && fault.isEmpty() && end - System.nanoTime() > 0) {
            wait(Math.max(1, Duration.ofNanos(end - System.nanoTime()).toMillis()));
        }
    }

    private Duration run(Run run) {
        synchronized (this) {
            if (!run.equals(wanted) || printed.isPresent()) {
                return Duration.ofHours(1);
            }
        }
        String output = "";
        String why = "";
        try {
            output = new Task(run.command, Map.of(), "").run(run.limit, inherited);
            why = output.length() > MOST ? "it prints more than " + MOST + " characters" : "";
        } catch (Task.Failed e) {
            why = e.getMessage();
        }
        synchronized (this) {
            fault = why;
            printed = why.isEmpty() ? Optional.of(output) : Optional.empty();
            notifyAll();
        }
        if (why.isEmpty()) {
            news.run();
            return Duration.ofHours(1);
        }
        return PAUSE;
    }

    @Override
    public void close() {
        keeper.close();
    }
}

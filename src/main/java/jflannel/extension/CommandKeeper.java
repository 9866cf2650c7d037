package jflannel.extension;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.work.Keeper;

/// Has the commands of the backend `extension` run, until what they have added are the peers of now. Several run at
/// once, but never two for one peer; of those that failed before, fewer, so that they keep nobody waiting. What was
/// added is remembered, so that it is removed even if the peer leaves while no daemon runs.
public final class CommandKeeper implements AutoCloseable {
    private static final Logger LOG = System.getLogger(CommandKeeper.class.getName());
    private static final int AT_ONCE = 8;
    private static final int RETRIES_AT_ONCE = 4;
    /// How often a command that removes a peer is tried: what it should remove may be gone for long.
    private static final int REMOVALS = 5;

    private static final String STARTUP = "";
    private static final Duration LONG = Duration.ofHours(1);

    private final Board board;
    private final Runnable news;
    private final Memory memory;
    private final Map<String, String> inherited;
    private final Map<String, Added> added;
    private final Failures failures = new Failures();
    private final Failures startup = new Failures();
    private final Set<String> running = new HashSet<>();
    private final Set<String> retrying = new HashSet<>();
    private final ExecutorService commands = Executors.newFixedThreadPool(
            AT_ONCE, Thread.ofPlatform().daemon().name("extension-command").factory());
    private final Keeper<Wanted> keeper;
    private Task started;
    private int round;

    /// @param memory file for what was added; null for none
    /// @param environment of the daemon
    /// @param news called when the command after the start has succeeded
    public CommandKeeper(Path memory, Map<String, String> environment, Board board, Runnable news) {
        this.board = board;
        this.news = news;
        this.memory = new Memory(memory, board);
        this.inherited = Surroundings.of(environment);
        this.added = this.memory.read();
        this.keeper = new Keeper<>("extension", board, this::converge);
    }

    /// From now on the commands should have brought about this.
    ///
    /// @return true if the command after the start has succeeded for it
    public boolean keep(Wanted wanted) {
        keeper.keep(wanted);
        synchronized (this) {
            return wanted.postStartup().equals(started);
        }
    }

    /// Has all commands that add run again, as what they made may be gone.
    public void repeat() {
        synchronized (this) {
            started = null;
        }
        keeper.touch();
    }

    private Duration converge(Wanted wanted) {
        if (!start(wanted)) {
            return Duration.ofNanos(Math.max(1, startup.untilNext(STARTUP)));
        }
        synchronized (this) {
            expect(wanted);
            List<Step> steps = steps(wanted);
            // before anything is done that would have to be undone
            memory.keep(added, !steps.isEmpty() || !running.isEmpty());
            steps.forEach(step -> begin(step, wanted.commands().limit()));
            board.setAll(Condition.EXTENSION_COMMAND, failures.shown());
            return pause(wanted);
        }
    }

    /// Runs the command after the start, unless it has succeeded with the same words and variables.
    private boolean start(Wanted wanted) {
        Task task = wanted.postStartup();
        synchronized (this) {
            if (task.equals(started)) {
                return true;
            }
        }
        if (startup.untilNext(STARTUP) > 0) {
            return false;
        }
        try {
            task.run(wanted.commands().limit(), inherited);
        } catch (Task.Failed e) {
            startup.failed(STARTUP, e.getMessage());
            board.raise(Condition.EXTENSION_STARTUP, e.getMessage());
            return false;
        }
        startup.succeeded(STARTUP);
        board.clear(Condition.EXTENSION_STARTUP);
        synchronized (this) {
            started = task;
            round++; // it may have made anew what the others built on
        }
        news.run();
        return true;
    }

    /// Notes all peers that are to be added, so that they are written down at once.
    private void expect(Wanted wanted) {
        wanted.peers().forEach((key, peer) -> added.computeIfAbsent(key, _ -> pending(peer, wanted.commands())));
    }

    private static Added pending(Wanted.Peer peer, Commands commands) {
        return new Added(peer, commands.add(), commands.remove(), Added.PENDING);
    }

    /// What to do for a peer next.
    private record Step(String key, Task task, boolean adds) {}

    private List<Step> steps(Wanted wanted) {
        Set<String> keys = new HashSet<>(added.keySet());
        keys.addAll(wanted.peers().keySet());
        List<Step> fresh = new ArrayList<>();
        List<Step> again = new ArrayList<>();
        for (String key : keys) {
            Step step = running.contains(key) ? null : step(key, wanted);
            if (step != null && failures.untilNext(key) <= 0) {
                (failures.times(key) == 0 ? fresh : again).add(step);
            }
        }
        int free = AT_ONCE - running.size();
        int retries = Math.min(RETRIES_AT_ONCE - retrying.size(), again.size());
        List<Step> now = new ArrayList<>(again.subList(0, Math.max(0, Math.min(free, retries))));
        now.addAll(fresh.subList(0, Math.min(free - now.size(), fresh.size())));
        return now;
    }

    /// @return null if nothing is left to do
    private Step step(String key, Wanted wanted) {
        Added there = added.get(key);
        Wanted.Peer peer = wanted.peers().get(key);
        if (there != null && (peer == null ? wanted.complete() : !there.suits(peer, wanted.commands()))) {
            return new Step(key, there.removing(), false);
        }
        if (peer == null || there != null && there.round() == round) {
            return null;
        }
        Added next = pending(peer, wanted.commands());
        added.put(key, next);
        return new Step(key, next.adding(), true);
    }

    private void begin(Step step, Duration limit) {
        running.add(step.key);
        if (failures.times(step.key) > 0) {
            retrying.add(step.key);
        }
        int inRound = round;
        commands.execute(() -> {
            try {
                step.task.run(limit, inherited);
                ended(step, inRound, null);
            } catch (Task.Failed | RuntimeException e) {
                ended(step, inRound, String.valueOf(e.getMessage()));
            }
            keeper.touch();
        });
    }

    private synchronized void ended(Step step, int inRound, String fault) {
        running.remove(step.key);
        retrying.remove(step.key);
        if (fault == null) {
            failures.succeeded(step.key);
            if (step.adds) {
                added.computeIfPresent(step.key, (_, there) -> there.in(inRound));
            } else {
                added.remove(step.key);
            }
            return;
        }
        failures.failed(step.key, fault);
        if (!step.adds && failures.times(step.key) >= REMOVALS) {
            LOG.log(Level.WARNING, "{0} is not removed after {1} attempts: {2}", step.key, REMOVALS, fault);
            failures.succeeded(step.key);
            added.remove(step.key);
        }
    }

    /// How long until the next command may be tried again; a command that ends calls for a look at once.
    private Duration pause(Wanted wanted) {
        long least = LONG.toNanos();
        Set<String> keys = new HashSet<>(added.keySet());
        keys.addAll(wanted.peers().keySet());
        for (String key : keys) {
            if (failures.times(key) > 0 && !running.contains(key)) {
                least = Math.min(least, Math.max(1_000_000, failures.untilNext(key)));
            }
        }
        return Duration.ofNanos(least);
    }

    /// Lets no further command begin. Those that run are left to themselves: they may be half done.
    @Override
    public void close() {
        keeper.close();
        commands.shutdownNow();
    }
}

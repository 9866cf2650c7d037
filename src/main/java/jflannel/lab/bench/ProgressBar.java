package jflannel.lab.bench;

import java.io.PrintStream;
import java.util.Locale;
import java.util.function.LongSupplier;

/// Tells how far a benchmark has come: by a bar on a terminal, else by a line now and then.
final class ProgressBar {
    private static final int BAR_WIDTH = 24;

    private final PrintStream out;
    private final boolean terminal;
    private final LongSupplier nanoTime;
    private double planned;
    private double done;
    private long start;

    /// @param terminal true if `out` understands a carriage return
    ProgressBar(PrintStream out, boolean terminal, LongSupplier nanoTime) {
        this.out = out;
        this.terminal = terminal;
        this.nanoTime = nanoTime;
    }

    /// @param plannedSeconds the sum of what will be given to [#done]
    void start(double plannedSeconds) {
        planned = plannedSeconds;
        done = 0;
        start = nanoTime.getAsLong();
    }

    /// @param what is about to happen
    void at(String what) {
        if (terminal) {
            // to the end of the line: what is left of a longer text goes
            out.print("\r  " + (planned > 0 ? bar() + " " : "") + what + "\u001b[K");
            out.flush();
        }
    }

    private String bar() {
        int filled = (int) Math.min(BAR_WIDTH, BAR_WIDTH * done / planned);
        return "█".repeat(filled) + "░".repeat(BAR_WIDTH - filled) + " " + clock(secondsLeft()) + " left ";
    }

    /// @param plannedSeconds that the step which just ended was planned to take
    void done(double plannedSeconds) {
        done += plannedSeconds;
    }

    /// A line that stays.
    void tell(String line) {
        clear();
        out.println("  " + (planned > 0 ? clock(secondsLeft()) + " left  " : "") + line);
    }

    /// Takes the bar away.
    void clear() {
        if (terminal) {
            out.print("\r\u001b[K");
            out.flush();
        }
    }

    boolean isTerminal() {
        return terminal;
    }

    /// By the plan, corrected by how long the part that is done really took.
    double secondsLeft() {
        double left = Math.max(0, planned - done);
        double elapsed = (nanoTime.getAsLong() - start) / 1e9;
        return done > 0 ? left * elapsed / done : left;
    }

    static String clock(double seconds) {
        long whole = Math.round(seconds);
        return String.format(Locale.ROOT, "%d:%02d", whole / 60, whole % 60);
    }
}

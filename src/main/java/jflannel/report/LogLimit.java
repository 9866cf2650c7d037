package jflannel.report;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.function.LongSupplier;

/// A log that takes so many lines of one kind in ten seconds and counts the rest, so that what happens a thousand times
/// is not told a thousand times.
public final class LogLimit {
    private static final long SPAN = Duration.ofSeconds(10).toNanos();

    private final Logger log;
    private final int most;
    private final LongSupplier nanoTime;
    private long began;
    private int lines;

    public LogLimit(Logger log, int most) {
        this(log, most, System::nanoTime);
    }

    public LogLimit(Logger log, int most, LongSupplier nanoTime) {
        this.log = log;
        this.most = most;
        this.nanoTime = nanoTime;
        this.began = nanoTime.getAsLong();
    }

    public void log(Level level, String line) {
        long now = nanoTime.getAsLong();
        if (now - began >= SPAN) {
            tellRest();
            began = now;
            lines = 0;
        }
        lines++;
        if (lines <= most) {
            log.log(level, line);
        }
    }

    /// Says how many were left out, if any.
    private void tellRest() {
        if (lines > most) {
            log.log(Level.INFO, "(" + (lines - most) + " more lines like the last ones were left out)");
        }
    }
}

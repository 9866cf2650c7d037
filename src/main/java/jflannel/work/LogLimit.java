package jflannel.work;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.function.LongSupplier;

/// A log that takes a limited number of lines of one kind in ten seconds and counts the rest, so that what happens a
/// thousand times is not logged a thousand times. The last line of a burst is never lost: it follows when the ten
/// seconds are over.
public final class LogLimit {
    private static final long SPAN = Duration.ofSeconds(10).toNanos();

    private final Logger log;
    private final int most;
    private final LongSupplier nanoTime;
    private long began;
    private int lines;
    private Level heldLevel;
    private String held;

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
        flush();
        lines++;
        if (lines <= most) {
            log.log(level, line);
        } else {
            heldLevel = level;
            held = line;
        }
    }

    /// Logs what was held back, if it is time.
    public void flush() {
        long now = nanoTime.getAsLong();
        if (now - began < SPAN) {
            return;
        }
        if (held != null) {
            if (lines - most > 1) {
                log.log(Level.INFO, "(" + (lines - most - 1) + " more lines like the last ones were left out)");
            }
            log.log(heldLevel, held);
            held = null;
        }
        began = now;
        lines = 0;
    }
}

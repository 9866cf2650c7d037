package jflannel.report;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.status.Finding;
import jflannel.status.Severity;
import jflannel.work.LogLimit;

/// Logs each condition when it appears, when its message changes, and when it is over. A flapping condition is logged
/// a few times, and then at most once in ten seconds. Of a [summary][Condition#isSummary] only the end is logged.
public final class ConditionLog implements Board.Listener {
    private static final Logger LOG = System.getLogger(ConditionLog.class.getName());
    private static final int LINES = 10;

    private final Map<Condition, LogLimit> limits = new HashMap<>();
    private final LongSupplier nanoTime;

    public ConditionLog() {
        this(System::nanoTime);
    }

    ConditionLog(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    @Override
    public void changed(Finding before, Finding now) {
        Finding one = now == null ? before : now;
        if (one.condition() == Condition.STARTING
                || now != null && now.condition().isSummary()) {
            return;
        }
        LogLimit log = limits.computeIfAbsent(one.condition(), _ -> new LogLimit(LOG, LINES, nanoTime));
        if (now == null) {
            log.log(Level.INFO, before.condition().check() + ": works again");
        } else {
            log.log(level(now.condition().severity()), now.words());
        }
    }

    /// Logs what was held back, if it is time.
    public void flush() {
        limits.values().forEach(LogLimit::flush);
    }

    private static Level level(Severity severity) {
        return severity == Severity.DEGRADED ? Level.WARNING : Level.ERROR;
    }
}

package jflannel.testing;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/// What one class logs of level INFO and above while a test runs, where what is said to an operator is the result.
public final class LogLines extends Handler implements AutoCloseable {
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Logger logger; // held, because the platform may forget loggers

    public LogLines(Class<?> source) {
        logger = Logger.getLogger(source.getName());
        logger.setLevel(Level.INFO);
        logger.addHandler(this);
    }

    /// The messages so far, with their parameters filled in.
    public List<String> all() {
        return List.copyOf(lines);
    }

    @Override
    public void publish(LogRecord line) {
        lines.add(new SimpleFormatter().formatMessage(line));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        logger.removeHandler(this);
        logger.setLevel(null);
    }
}

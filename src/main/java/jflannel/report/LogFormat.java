package jflannel.report;

import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.StreamHandler;
import java.util.stream.Collectors;
import jflannel.work.Printable;

/// Log lines as klog writes them, which log collectors of Kubernetes clusters know how to read:
///
/// ```
/// I1120 19:52:09.123456    1234 EtcdLeases] what happened
/// ```
///
/// Severity (I, W, E), month and day, local time, process number, class. In a daemon that serves several networks, the
/// network's name and a colon follow. One line for each record: text from others
/// cannot forge lines. A stack trace follows only from `-v=1`.
///
/// | `-v` | flanneld | libraries |
/// |------|----------|-----------|
/// | 0    | INFO     | WARNING   |
/// | 1    | DEBUG    | WARNING   |
/// | 4    | TRACE    | DEBUG     |
public final class LogFormat extends Formatter {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("MMdd HH:mm:ss.SSSSSS", Locale.ROOT);
    private static final int EVERYTHING = 4;
    private static final String NETWORK = "network ";

    /// java.util.logging forgets the levels of unreferenced loggers.
    private static final Set<Logger> HELD = new HashSet<>();

    private final boolean traces;
    private final long pid;
    private final ZoneId zone;

    LogFormat(int verbosity, long pid, ZoneId zone) {
        this.traces = verbosity >= 1;
        this.pid = pid;
        this.zone = zone;
    }

    /// Sends all log records of this process to stderr from now on, in this format; no logging file is read.
    ///
    /// @param verbosity the value of `-v`
    public static void install(int verbosity) {
        install(verbosity, System.err);
    }

    static void install(int verbosity, OutputStream stderr) {
        LogManager.getLogManager().reset();
        Logger root = Logger.getLogger("");
        Handler handler = new Flushing(
                stderr, new LogFormat(verbosity, ProcessHandle.current().pid(), ZoneId.systemDefault()));
        handler.setLevel(Level.ALL);
        root.addHandler(handler);
        level("", verbosity >= EVERYTHING ? Level.FINE : Level.WARNING);
        level("jflannel", verbosity >= EVERYTHING ? Level.FINER : verbosity >= 1 ? Level.FINE : Level.INFO);
        // these write every frame at FINE, and the frame that logs in to etcd holds the password
        List.of("io.grpc.netty.shaded", "io.grpc.netty", "io.netty")
                .forEach(name -> level(name, verbosity >= EVERYTHING ? Level.INFO : Level.WARNING));
    }

    /// Writes a line to stderr by itself: when a process ends, java.util.logging is among the first to go.
    public static void lastWord(System.Logger.Level level, String line) {
        LogRecord record = new LogRecord(level == System.Logger.Level.INFO ? Level.INFO : Level.SEVERE, line);
        record.setLoggerName("Flanneld");
        System.err.print(new LogFormat(0, ProcessHandle.current().pid(), ZoneId.systemDefault()).format(record));
    }

    private static void level(String logger, Level level) {
        Logger held = Logger.getLogger(logger);
        held.setLevel(level);
        synchronized (HELD) {
            HELD.add(held);
        }
    }

    @Override
    public String format(LogRecord record) {
        String name = record.getLoggerName() == null ? "" : record.getLoggerName();
        StringBuilder line = new StringBuilder(160)
                .append(severity(record.getLevel()))
                .append(TIME.format(record.getInstant().atZone(zone)))
                .append(" %7d ".formatted(pid))
                .append(Printable.line(name.substring(name.lastIndexOf('.') + 1)))
                .append("] ")
                .append(network())
                .append(Printable.line(String.valueOf(formatMessage(record))));
        Throwable thrown = record.getThrown();
        if (thrown != null) {
            line.append(": ").append(Printable.line(causes(thrown)));
        }
        line.append('\n');
        if (thrown != null && traces) {
            StringWriter trace = new StringWriter();
            thrown.printStackTrace(new PrintWriter(trace));
            line.append(trace.toString()
                    .lines()
                    .map(each -> "    " + Printable.line(each.strip()) + "\n")
                    .collect(Collectors.joining()));
        }
        return line.toString();
    }

    /// The group of threads of one of several networks. Whatever one of them starts is in the group too.
    public static ThreadGroup threadsOf(String network) {
        return new ThreadGroup(NETWORK + network);
    }

    private static String network() {
        ThreadGroup group = Thread.currentThread().getThreadGroup();
        return group != null && group.getName().startsWith(NETWORK)
                ? group.getName().substring(NETWORK.length()) + ": "
                : "";
    }

    private static char severity(Level level) {
        int value = level.intValue();
        return value >= Level.SEVERE.intValue() ? 'E' : value >= Level.WARNING.intValue() ? 'W' : 'I';
    }

    /// The messages of an exception and its causes, without those that only repeat a cause.
    private static String causes(Throwable thrown) {
        StringBuilder words = new StringBuilder();
        int depth = 0;
        for (Throwable each = thrown; each != null && depth < 10; each = each.getCause(), depth++) {
            String message = each.getMessage() == null ? each.getClass().getSimpleName() : each.getMessage();
            if (words.indexOf(message) < 0) {
                words.append(words.isEmpty() ? "" : ": ").append(message);
            }
        }
        return words.toString();
    }

    /// A buffered record is lost when the process dies.
    private static final class Flushing extends StreamHandler {
        Flushing(OutputStream out, Formatter formatter) {
            super(out, formatter);
            try {
                setEncoding(StandardCharsets.UTF_8.name());
            } catch (java.io.UnsupportedEncodingException e) {
                throw new AssertionError("every Java has UTF-8", e);
            }
        }

        @Override
        public synchronized void publish(LogRecord record) {
            super.publish(record);
            flush();
        }

        /// Leaves stderr open: the launcher and the crash handler still need it.
        @Override
        public void close() {
            flush();
        }
    }
}

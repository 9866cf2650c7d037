package jflannel.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// How many files this process may have open: RLIMIT_NOFILE of getrlimit(2). Java has raised it to the hard limit.
public final class FileLimit {
    private static final String LINE = "Max open files";

    private FileLimit() {}

    /// The largest number there is if it is unknown or unlimited.
    public static long read() {
        try {
            return of(Files.readString(Path.of("/proc/self/limits")));
        } catch (IOException e) {
            return Long.MAX_VALUE;
        }
    }

    /// @param limits as in proc_pid_limits(5)
    static long of(String limits) {
        int at = limits.indexOf(LINE);
        String soft = at < 0 ? "" : limits.substring(at + LINE.length()).strip().split(" ", 2)[0];
        return soft.isEmpty() || soft.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(soft);
    }
}

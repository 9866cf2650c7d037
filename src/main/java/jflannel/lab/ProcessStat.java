package jflannel.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The fields of a process's line in /proc/PID/stat: proc_pid_stat(5).
public final class ProcessStat {
    /// sysconf(_SC_CLK_TCK): 100 on every architecture that Java runs on.
    public static final double TICKS_PER_SECOND = 100;

    private static final int FIRST_BEHIND_NAME = 3;

    private final String[] behindName;

    /// @param line the content of the file; the second field, the name, may hold blanks and parentheses
    public ProcessStat(String line) {
        behindName = line.substring(line.lastIndexOf(')') + 1).strip().split(" ");
    }

    /// @throws IOException if there is no such process
    public static ProcessStat of(long pid) throws IOException {
        return new ProcessStat(Files.readString(Path.of("/proc/" + pid + "/stat")));
    }

    /// @param number as the manual page counts them, 3 or more
    public long field(int number) {
        return Long.parseLong(behindName[number - FIRST_BEHIND_NAME]);
    }
}

package jflannel.lab.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/// Processor time as the kernel counts it since the machine started: proc_stat(5).
///
/// @param busy seconds in which any processor worked for anybody: programs, kernel, interrupts
/// @param idle seconds without work, waiting for disks included
/// @param stolen seconds in which a hypervisor ran another machine instead
record CpuClock(double busy, double idle, double stolen) {
    /// sysconf(_SC_CLK_TCK): 100 on every architecture that Java runs on.
    private static final double TICKS_PER_SECOND = 100;

    static CpuClock read() throws IOException {
        return parse(Files.readString(Path.of("/proc/stat")));
    }

    /// @param stat the content of /proc/stat, which begins with the sum over all processors
    static CpuClock parse(String stat) throws IOException {
        String[] words = stat.lines().findFirst().orElse("").split(" +");
        if (!words[0].equals("cpu") || words.length < 9) {
            throw new IOException("/proc/stat begins with \"%s\", not with the sum over all processors"
                    .formatted(String.join(" ", words)));
        }
        // user, nice, system, idle, iowait, irq, softirq, steal; guests' time is in user's already
        double[] seconds = Arrays.stream(words, 1, 9)
                .mapToDouble(ticks -> Long.parseLong(ticks) / TICKS_PER_SECOND)
                .toArray();
        return new CpuClock(
                seconds[0] + seconds[1] + seconds[2] + seconds[5] + seconds[6], seconds[3] + seconds[4], seconds[7]);
    }

    /// What passed since an earlier reading.
    CpuClock since(CpuClock earlier) {
        return new CpuClock(busy - earlier.busy, idle - earlier.idle, stolen - earlier.stolen);
    }

    /// The part of all processor time that was used, 0 to 1.
    double busyShare() {
        return share(busy);
    }

    /// The part of all processor time that other virtual machines had, 0 to 1.
    double stolenShare() {
        return share(stolen);
    }

    private double share(double part) {
        double all = busy + idle + stolen;
        return all > 0 ? part / all : 0;
    }

    /// Seconds of processor time that a process has used.
    static double ofProcess(long pid) throws IOException {
        return ofProcess(Files.readString(Path.of("/proc/" + pid + "/stat")));
    }

    /// @param stat the content of /proc/PID/stat: proc_pid_stat(5)
    static double ofProcess(String stat) {
        // the name in parentheses may hold blanks and parentheses; behind it, the first field is number 3
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return (Long.parseLong(fields[14 - 3]) + Long.parseLong(fields[15 - 3])) / TICKS_PER_SECOND;
    }
}

package jflannel.lab.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import jflannel.lab.Pause;
import jflannel.lab.ProcessStat;

/// Processor time as the kernel counts it since the machine started: proc_stat(5).
///
/// @param busy seconds in which any processor worked for anybody: programs, kernel, interrupts
/// @param idle seconds without work, waiting for disks included
/// @param stolen seconds in which a hypervisor ran another machine instead
record CpuTimes(double busy, double idle, double stolen) {
    static CpuTimes read() throws IOException {
        return parse(Files.readString(Path.of("/proc/stat")));
    }

    /// @param stat the content of /proc/stat, which begins with the sum over all processors
    static CpuTimes parse(String stat) throws IOException {
        String[] words = stat.lines().findFirst().orElse("").split(" +");
        if (!words[0].equals("cpu") || words.length < 9) {
            throw new IOException("/proc/stat begins with \"%s\", not with the sum over all processors"
                    .formatted(String.join(" ", words)));
        }
        // user, nice, system, idle, iowait, irq, softirq, steal; guests' time is in user's already
        double[] seconds = Arrays.stream(words, 1, 9)
                .mapToDouble(ticks -> Long.parseLong(ticks) / ProcessStat.TICKS_PER_SECOND)
                .toArray();
        return new CpuTimes(
                seconds[0] + seconds[1] + seconds[2] + seconds[5] + seconds[6], seconds[3] + seconds[4], seconds[7]);
    }

    static final CpuTimes ZERO = new CpuTimes(0, 0, 0);

    /// What passes while nothing is done here.
    static CpuTimes resting(long millis) throws IOException {
        CpuTimes before = read();
        Pause.millis(millis);
        return read().since(before);
    }

    CpuTimes plus(CpuTimes other) {
        return new CpuTimes(busy + other.busy, idle + other.idle, stolen + other.stolen);
    }

    /// What passed since an earlier reading.
    CpuTimes since(CpuTimes earlier) {
        return new CpuTimes(busy - earlier.busy, idle - earlier.idle, stolen - earlier.stolen);
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
        ProcessStat fields = new ProcessStat(stat);
        return (fields.field(14) + fields.field(15)) / ProcessStat.TICKS_PER_SECOND;
    }
}

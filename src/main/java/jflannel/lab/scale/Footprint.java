package jflannel.lab.scale;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import jflannel.lab.ProcessStat;

/// What a process takes of the machine at one moment.
///
/// @param resident bytes of its memory that are in RAM, pages of files that it has mapped included: proc_pid_smaps(5)
/// @param peak the most that were ever resident: VmHWM of proc_pid_status(5)
/// @param anonymous the part of these that no file backs
/// @param cpuSeconds of processor time that it and the children it has waited for have used so far
record Footprint(long resident, long peak, long anonymous, double cpuSeconds) {
    static Footprint of(long pid) throws IOException {
        Path process = Path.of("/proc", Long.toString(pid));
        return parse(
                Files.readString(process.resolve("smaps_rollup")),
                Files.readString(process.resolve("status")),
                Files.readString(process.resolve("stat")));
    }

    /// @param smaps the content of /proc/PID/smaps_rollup
    /// @param status the content of /proc/PID/status
    /// @param stat the content of /proc/PID/stat: proc_pid_stat(5)
    static Footprint parse(String smaps, String status, String stat) {
        ProcessStat fields = new ProcessStat(stat);
        long ticks = 0;
        for (int field = 14; field <= 17; field++) { // utime, stime, and those of the children
            ticks += fields.field(field);
        }
        return new Footprint(
                bytes(smaps, "Rss"),
                bytes(status, "VmHWM"),
                bytes(smaps, "Anonymous"),
                ticks / ProcessStat.TICKS_PER_SECOND);
    }

    private static long bytes(String text, String name) {
        return text.lines()
                .filter(line -> line.startsWith(name + ":"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no line " + name));
    }

    double residentMib() {
        return resident / 1048576.0;
    }

    double peakMib() {
        return peak / 1048576.0;
    }

    double anonymousMib() {
        return anonymous / 1048576.0;
    }
}

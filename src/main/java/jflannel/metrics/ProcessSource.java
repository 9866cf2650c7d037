package jflannel.metrics;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/// This process as the kernel sees it: proc_pid_status(5), proc_pid_fd(5). What cannot be read is left out.
///
/// @param version of flanneld
public record ProcessSource(String version) implements Source {
    private static final Path PROC = Path.of("/proc/self");
    private static final String RESIDENT = "VmRSS:";

    @Override
    public void read(Readings readings) {
        readings.put(Metric.BUILD, 1, version, Runtime.version().toString());
        Runtime runtime = Runtime.getRuntime();
        readings.put(Metric.HEAP_USED, runtime.totalMemory() - runtime.freeMemory(), "heap");
        ProcessHandle.Info process = ProcessHandle.current().info();
        process.totalCpuDuration().ifPresent(time -> readings.put(Metric.PROCESS_CPU, time.toMillis() / 1e3));
        process.startInstant().ifPresent(start -> readings.put(Metric.PROCESS_START, start.toEpochMilli() / 1e3));
        try (Stream<Path> files = Files.list(PROC.resolve("fd"));
                Stream<String> status = Files.lines(PROC.resolve("status"))) {
            readings.put(Metric.PROCESS_FILES, files.count());
            status.filter(line -> line.startsWith(RESIDENT))
                    .map(line -> line.replaceAll("\\D", ""))
                    .forEach(kibibytes -> readings.put(Metric.PROCESS_RESIDENT, Long.parseLong(kibibytes) * 1024));
        } catch (IOException e) {
            // the other metrics are still worth having
        }
    }
}

package jflannel.lab.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jflannel.linux.Command;

/// Where it was measured: figures mean nothing without.
///
/// @param processor its name, or "unknown"
/// @param memoryBytes all of it
/// @param java that ran this program; flanneld's is the same unless told otherwise
/// @param congestionControl of the TCP streams
record MachineInfo(
        int cores,
        String processor,
        long memoryBytes,
        String kernel,
        String java,
        String iperf3,
        String congestionControl) {
    private static final String CUBIC = "cubic";

    static MachineInfo inspect() throws IOException {
        return new MachineInfo(
                Runtime.getRuntime().availableProcessors(),
                value(Files.readString(Path.of("/proc/cpuinfo")), "model name"),
                1024
                        * Long.parseLong(value(Files.readString(Path.of("/proc/meminfo")), "MemTotal")
                                .replace(" kB", "")),
                Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip(),
                System.getProperty("java.vendor.version", Runtime.version().toString()),
                Command.run("iperf3", "--version").lines().findFirst().orElse("unknown"),
                congestionControlOfStreams());
    }

    /// Options of iperf3 that make its TCP streams the same on every machine.
    List<String> tcpOptions() {
        return List.of("--congestion=" + congestionControl);
    }

    /// The one that most nodes use, for comparable figures; what this machine uses if that is not to be had.
    private static String congestionControlOfStreams() throws IOException {
        Path settings = Path.of("/proc/sys/net/ipv4");
        // of all users, those of a lab are administrators of its network, and need no permission
        String available = Files.readString(settings.resolve("tcp_available_congestion_control"));
        return List.of(available.strip().split(" ")).contains(CUBIC)
                ? CUBIC
                : Files.readString(settings.resolve("tcp_congestion_control")).strip();
    }

    /// @param text lines of names and values with a colon between them
    static String value(String text, String name) {
        return text.lines()
                .filter(line -> line.startsWith(name))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse("unknown");
    }

    /// All of it that matters to speed, in one line.
    String words() {
        return "%d cores (%s), Linux %s, Java %s, %s, TCP %s"
                .formatted(cores, processor, kernel, java, iperf3, congestionControl);
    }
}

package jflannel.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// In a process of its own, since logging is set up once for all of one.
class LogFormatIT {
    private static final String[] LOGGERS = {"jflannel.etcd.EtcdLeases", "io.grpc.Channel", "io.grpc.netty.shaded.Frame"
    };

    /// What the process does: a record of every level from each logger.
    public static final class Speaker {
        private Speaker() {}

        public static void main(String[] args) {
            LogFormat.install(Integer.parseInt(args[0]));
            System.gc(); // levels must outlive it
            for (String name : LOGGERS) {
                for (System.Logger.Level level : List.of(
                        System.Logger.Level.TRACE,
                        System.Logger.Level.DEBUG,
                        System.Logger.Level.INFO,
                        System.Logger.Level.WARNING)) {
                    System.getLogger(name).log(level, level + " ü");
                }
            }
        }
    }

    @Test
    void showsMoreWithMoreVerbosityButNeverWhatLibrariesWriteToTheWire() throws Exception {
        assertThat(said(0))
                .containsExactly(
                        "I EtcdLeases] INFO ü",
                        "W EtcdLeases] WARNING ü",
                        "W Channel] WARNING ü",
                        "W Frame] WARNING ü");
        assertThat(said(1))
                .containsExactly(
                        "I EtcdLeases] DEBUG ü",
                        "I EtcdLeases] INFO ü",
                        "W EtcdLeases] WARNING ü",
                        "W Channel] WARNING ü",
                        "W Frame] WARNING ü");
        assertThat(said(4))
                .containsExactly(
                        "I EtcdLeases] TRACE ü",
                        "I EtcdLeases] DEBUG ü",
                        "I EtcdLeases] INFO ü",
                        "W EtcdLeases] WARNING ü",
                        "I Channel] DEBUG ü",
                        "I Channel] INFO ü",
                        "W Channel] WARNING ü",
                        "I Frame] INFO ü",
                        "W Frame] WARNING ü");
    }

    private static List<String> said(int verbosity) throws Exception {
        Process process = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Speaker.class.getName(),
                        "" + verbosity)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        String text = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(text).isZero();
        List<String> lines = new ArrayList<>();
        for (String line : text.lines().toList()) {
            String header = "[IWE]\\d{4} \\d\\d:\\d\\d:\\d\\d\\.\\d{6} {1,7}" + process.pid() + " \\w+\\] .*";
            assertThat(line).matches(header);
            lines.add(line.charAt(0) + " " + line.split(" +", 4)[3]);
        }
        return lines;
    }
}

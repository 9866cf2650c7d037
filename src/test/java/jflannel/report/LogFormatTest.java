package jflannel.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Instant;
import java.time.ZoneId;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LogFormatTest {
    private static LogRecord record(Level level, String message, Object... parameters) {
        LogRecord record = new LogRecord(level, message);
        record.setLoggerName("jflannel.etcd.EtcdLeases");
        record.setInstant(Instant.parse("2026-11-20T19:52:09.123456789Z"));
        record.setParameters(parameters);
        return record;
    }

    private static String line(int verbosity, LogRecord record) {
        return new LogFormat(verbosity, 1234, ZoneId.of("UTC")).format(record);
    }

    @ParameterizedTest
    @CsvSource({"SEVERE,E", "WARNING,W", "INFO,I", "FINE,I", "FINER,I"})
    void writesTheHeaderOfKlog(String level, String severity) {
        assertThat(line(0, record(Level.parse(level), "got {0} of {1}", 2, "x")))
                .isEqualTo(severity + "1120 19:52:09.123456    1234 EtcdLeases] got 2 of x\n");
    }

    @Test
    void leavesBracesInTextFromElsewhereAlone() {
        assertThat(line(0, record(Level.INFO, "{\"VNI\":1} isn't {0}"))).endsWith("] {\"VNI\":1} isn't {0}\n");
    }

    @Test
    void writesOneHarmlessLineWhateverTheMessageHolds() {
        String forged = "a\nE1120 x] b\r\tc\u001b[2Jd\u0000e\u2028f\u202eg\u0085h\u200bi\ud800j é 漢 😀";
        assertThat(line(0, record(Level.INFO, forged)))
                .endsWith(
                        "] a\\nE1120 x] b\\r\\tc\\u001b[2Jd\\u0000e\\u2028f\\u202eg\\u0085h\\u200bi\\ud800j é 漢 😀\n");
    }

    @Test
    void cutsWhatIsTooLong() {
        assertThat(line(0, record(Level.INFO, "x".repeat(4096 + 7))))
                .hasSizeLessThan(4096 + 100)
                .endsWith("x… (7 more characters)\n");
    }

    @Test
    void namesTheCausesOfAnExceptionOnTheSameLine() {
        LogRecord record = record(Level.WARNING, "renewing failed");
        record.setThrown(new IllegalStateException("etcd is away", new IOException("refused\nforged")));
        assertThat(line(0, record)).endsWith("] renewing failed: etcd is away: refused\\nforged\n");
    }

    @Test
    void tracesAnExceptionWhenAskedForDetails() {
        LogRecord record = record(Level.WARNING, "renewing failed");
        record.setThrown(new IOException("refused\nI forged"));
        assertThat(line(1, record).lines())
                .hasSizeGreaterThan(3)
                .allMatch(line -> line.startsWith("W1120") || line.startsWith("    "))
                .anyMatch(line -> line.startsWith("    at " + LogFormatTest.class.getName()));
    }

    @Test
    void saysSomethingOfAnExceptionWithoutMessageOrThatCausesItself() {
        LogRecord record = record(Level.WARNING, "odd");
        Exception first = new Exception();
        Exception second = new Exception("second", first);
        first.initCause(second);
        record.setThrown(first);
        assertThat(line(0, record)).endsWith("] odd: Exception: second\n");
    }
}

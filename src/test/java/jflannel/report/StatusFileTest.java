package jflannel.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StatusFileTest {
    @TempDir
    Path parent;

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-01-31T12:00:00.7Z"));

    @Test
    void tellsStateTimeAndCauseToEverybody() throws IOException {
        StatusFile status = new StatusFile(parent.resolve("run/subnet.env"), now::get);
        Path file = parent.resolve("run/status.json");
        status.put(StatusFile.State.WAITING_FOR_CONFIGURATION, "no key\n\u202e\"x\"");
        assertThat(file)
                .hasContent("{\"state\":\"waiting-for-configuration\",\"since\":\"2026-01-31T12:00:00Z\","
                        + "\"cause\":\"no key\\\\n\\\\u202e\\\"x\\\"\"}");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-r--r--");
        now.set(Instant.parse("2026-01-31T13:00:00Z"));
        status.put(StatusFile.State.WAITING_FOR_CONFIGURATION, "etcd is down");
        assertThat(file).content().contains("12:00:00Z", "etcd is down");
        status.put(StatusFile.State.READY, "");
        assertThat(file).hasContent("{\"state\":\"ready\",\"since\":\"2026-01-31T13:00:00Z\",\"cause\":\"\"}");
        assertThat(parent.resolve("run")).isDirectoryNotContaining("glob:**.new");
    }

    @Test
    void writesOnlyWhatHasChanged() throws IOException {
        StatusFile status = new StatusFile(parent.resolve("subnet.env"), now::get);
        status.put(StatusFile.State.READY, "");
        Files.delete(parent.resolve("status.json"));
        status.put(StatusFile.State.READY, "");
        assertThat(parent.resolve("status.json")).doesNotExist();
    }

    @Test
    void goesOnIfItCannotWrite() throws IOException {
        Files.createFile(parent.resolve("file"));
        new StatusFile(parent.resolve("file/subnet.env")).put(StatusFile.State.READY, "");
    }
}

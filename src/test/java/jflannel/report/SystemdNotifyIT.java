package jflannel.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import jflannel.linux.Fd;
import jflannel.linux.Libc;
import jflannel.linux.UnixAddress;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Abstract socket names belong to the network namespace.
@ExtendWith(OwnNetns.class)
class SystemdNotifyIT {
    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"/DIR/notify", "@jflannel-test/notify"})
    void speaksToTheSocketThatSystemdNames(String name) throws Exception {
        String socket = name.replace("/DIR", directory.toString());
        try (Arena arena = Arena.ofConfined();
                Fd systemd = Libc.socket(Libc.AF_UNIX, Libc.SOCK_DGRAM, 0)) {
            Libc.bind(systemd, UnixAddress.of(arena, socket), socket);
            SystemdNotify notify = new SystemdNotify(Map.of("NOTIFY_SOCKET", socket));
            notify.ready();
            notify.stopping();
            assertThat(next(systemd)).isEqualTo("READY=1");
            assertThat(next(systemd)).isEqualTo("STOPPING=1");
        }
        if (name.startsWith("/")) {
            assertThat(Files.exists(Path.of(socket))).isTrue();
        }
    }

    @Test
    void isSilentWithoutASocket() {
        assertThat(warningsOf(Map.of())).isEmpty();
        assertThat(warningsOf(Map.of("NOTIFY_SOCKET", ""))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/nowhere/notify", "vsock:2:1", "relative"})
    void warnsWhenNobodyListens(String socket) {
        assertThat(warningsOf(Map.of("NOTIFY_SOCKET", socket)))
                .startsWith("systemd was not told READY=1: ")
                .contains(socket);
    }

    @Test
    void doesNotWaitForASystemdThatDoesNotRead() throws Exception {
        String socket = "@jflannel-test/full";
        try (Arena arena = Arena.ofConfined();
                Fd systemd = Libc.socket(Libc.AF_UNIX, Libc.SOCK_DGRAM, 0)) {
            Libc.bind(systemd, UnixAddress.of(arena, socket), socket);
            SystemdNotify notify = new SystemdNotify(Map.of("NOTIFY_SOCKET", socket));
            for (int i = 0; i < 50; i++) {
                notify.stopping(); // hangs here if it waits
            }
        }
    }

    private static String warningsOf(Map<String, String> environment) {
        StringBuilder said = new StringBuilder();
        Handler ear = new Handler() {
            @Override
            public void publish(LogRecord record) {
                said.append(record.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger logger = Logger.getLogger(SystemdNotify.class.getName());
        logger.addHandler(ear);
        logger.setLevel(Level.WARNING); // tests run without logs
        try {
            new SystemdNotify(environment).ready();
        } finally {
            logger.removeHandler(ear);
            logger.setLevel(null);
        }
        return said.toString();
    }

    private static String next(Fd socket) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(1000);
            long length = Libc.recv(socket.number(), buffer, 1000, Libc.MSG_DONTWAIT, Libc.callState(arena));
            assertThat(length).isPositive();
            return new String(buffer.asSlice(0, length).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE), UTF_8);
        }
    }
}

package jflannel.cni;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import jflannel.names.DaemonFiles;
import jflannel.report.StatusFile;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.status.Phase;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReadinessTest {
    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void nameTheFile() {
        file = directory.resolve("subnet.env");
    }

    private void failsSaying(String pattern) {
        assertThatThrownBy(() -> Readiness.await(file, Duration.ZERO, CniException.TRY_AGAIN))
                .isInstanceOf(CniException.class)
                .hasMessageStartingWith("failed to load flannel 'subnet.env' file: open " + file + ": ")
                .hasMessageMatching("(?s).*" + pattern + ".*")
                .hasMessageEndingWith(". Check the flannel pod log for this node.");
    }

    private void daemonSays(Consumer<Board> story) {
        Board board = new Board();
        try (StatusFile status = new StatusFile(DaemonFiles.status(file), List.of(), board)) {
            board.listen(status);
            story.accept(board);
        }
    }

    @Test
    void quotesWhatTheDaemonWaitsFor() {
        daemonSays(board -> {
            board.enter(Phase.WAITING_FOR_LEASE);
            board.raise(Condition.NO_LEASE, "etcd does not answer");
        });
        failsSaying("flanneld is waiting for lease since 2[0-9:TZ-]+: lease: etcd does not answer");
    }

    @Test
    void wondersAboutADaemonThatSaysItIsReady() {
        daemonSays(board -> board.enter(Phase.RUNNING));
        failsSaying("flanneld says that it is ready since 2[0-9:TZ-]+: is it still running on this node");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]"})
    void aBrokenStatusIsNone(String status) throws IOException {
        Files.writeString(directory.resolve("status.json"), status);
        failsSaying("flanneld left no .*status.json either");
    }

    @Test
    void saysWhyAFileCannotBeRead() throws IOException {
        Files.createDirectory(file);
        failsSaying("Is a directory");
    }

    @Test
    void waitsForAFileThatComes() throws Exception {
        Thread daemon = Thread.startVirtualThread(() -> {
            try {
                Files.writeString(
                        directory.resolve("new"),
                        "FLANNEL_NETWORK=10.1.0.0/16\nFLANNEL_SUBNET=10.1.2.1/24\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\n");
                Files.move(directory.resolve("new"), file);
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        assertThat(Readiness.await(file, Duration.ofMinutes(1), CniException.TRY_AGAIN)
                        .mtu())
                .isEqualTo(1450);
        daemon.join();
    }
}

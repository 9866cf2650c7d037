package jflannel.cni;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import jflannel.cni.SavedConfs.Attachment;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SavedConfsTest {
    private static final Attachment ETH0 = new Attachment("pod", "eth0");
    private static final Attachment ETH1 = new Attachment("pod", "eth1");

    @TempDir
    Path parent;

    private SavedConfs saved;

    @BeforeEach
    void nameTheDirectory() {
        saved = new SavedConfs(parent.resolve("cni/flannel"));
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(saved.directory())) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private String mode(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    @Test
    void savesForRootAlone() throws IOException {
        saved.save(ETH0, "{}");
        assertThat(files()).containsExactly("pod", "pod@eth0");
        assertThat(mode(saved.directory())).isEqualTo("rwx------");
        assertThat(mode(saved.directory().resolve("pod"))).isEqualTo("rw-------");
        assertThat(saved.directory().resolve("pod")).hasContent("{}");
    }

    @Test
    void keepsTheConfigurationOfEachInterfaceUntilItIsRemoved() throws IOException {
        saved.save(ETH0, "a");
        saved.save(ETH1, "b");
        assertThat(saved.find(ETH0)).contains("a");
        assertThat(saved.find(ETH1)).contains("b");
        saved.remove(ETH1);
        assertThat(saved.find(ETH0)).contains("a");
        assertThat(saved.all()).containsExactly(ETH0);
        saved.remove(ETH0);
        assertThat(files()).isEmpty();
        saved.remove(ETH0);
    }

    @Test
    void replacesWhatAFailedAddLeft() throws IOException {
        saved.save(ETH0, "old");
        saved.save(ETH0, "new");
        assertThat(saved.find(ETH0)).contains("new");
        assertThat(saved.directory().resolve("pod")).hasContent("new");
        assertThat(files()).hasSize(2);
    }

    @Test
    void findsWhatGoFlannelSaved() throws IOException {
        Files.createDirectories(saved.directory());
        Files.writeString(saved.directory().resolve("pod"), "go");
        assertThat(saved.all()).containsExactly(new Attachment("pod", ""));
        assertThat(saved.find(ETH0)).contains("go");
        saved.remove(ETH0);
        assertThat(files()).isEmpty();
    }

    @Test
    void leavesStrangersAlone() throws IOException {
        Files.createDirectories(saved.directory());
        Files.writeString(saved.directory().resolve(".hidden"), "");
        Files.writeString(saved.directory().resolve("pod2"), "");
        saved.save(ETH0, "{}");
        saved.remove(ETH0);
        assertThat(files()).containsExactly(".hidden", "pod2");
    }

    @Test
    void hasNothingBeforeTheFirstSave() throws IOException {
        assertThat(saved.all()).isEmpty();
        assertThat(saved.find(ETH0)).isEmpty();
        saved.remove(ETH0);
    }
}

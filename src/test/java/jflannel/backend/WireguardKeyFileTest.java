package jflannel.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import jflannel.kernel.WireguardSecret;
import jflannel.lease.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WireguardKeyFileTest {
    @TempDir
    Path folder;

    private WireguardKeyFile file() {
        return new WireguardKeyFile(folder.resolve("var/wgkey"), folder.resolve("run/wgkey"));
    }

    @Test
    void aKeyIsMadeOnceAndForRootAlone() throws Exception {
        assertThat(file().known()).as("who only looks makes none").isEqualTo(WireguardIdentity.UNKNOWN);
        WireguardIdentity made = file().get();
        assertThat(file().get()).isEqualTo(made).isEqualTo(file().known());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("var/wgkey"))))
                .isEqualTo("rw-------");
        assertThat(made.toString()).doesNotContain(made.fileText());
    }

    @Test
    void theKeyOfGoFlannelIsTakenOver() throws Exception {
        Files.createDirectories(folder.resolve("run"));
        WireguardIdentity theirs = WireguardIdentity.random();
        Files.writeString(folder.resolve("run/wgkey"), theirs.fileText());
        assertThat(file().get()).isEqualTo(theirs);
        Files.delete(folder.resolve("run/wgkey"));
        assertThat(file().get()).isEqualTo(theirs);
    }

    @Test
    void aFileWithoutAKeyIsNotOverwritten() throws Exception {
        Files.createDirectories(folder.resolve("var"));
        Files.writeString(folder.resolve("var/wgkey"), "s3cret but no key");
        assertThatThrownBy(() -> file().get())
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("WIREGUARD_KEY_FILE: ")
                .hasMessageNotContaining("s3cret");
        assertThat(folder.resolve("var/wgkey")).hasContent("s3cret but no key");
    }

    @Test
    void aReplacedKeyIsNoticedAndUsedWhenItIsToBe() throws Exception {
        WireguardKeyFile daemon = file();
        WireguardIdentity first = daemon.get();
        assertThat(daemon.isReplaced()).isFalse();
        WireguardIdentity second = file().replace();
        assertThat(daemon.isReplaced()).isTrue();
        assertThat(daemon.get()).as("not before it is to be").isEqualTo(first);
        daemon.reload();
        assertThat(daemon.get()).isEqualTo(second);
        assertThat(daemon.isReplaced()).isFalse();
        Files.writeString(folder.resolve("var/wgkey"), "half a k");
        assertThat(daemon.isReplaced()).isFalse();
        Files.delete(folder.resolve("var/wgkey"));
        assertThat(daemon.isReplaced()).isFalse();
        assertThat(daemon.get()).isEqualTo(second);
    }

    /// As `wg pubkey` says.
    @Test
    void thePublicKeyFollowsFromThePrivateOne() {
        WireguardSecret secret = WireguardSecret.parse("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
        assertThat(WireguardIdentity.of(secret).publicKey())
                .hasToString("j0DFrbaPJWJK5bIU6nZ6bslNgp09e14a0bpvPiE4KF8=");
    }
}

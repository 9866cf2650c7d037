package jflannel.deploy;

import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The script that puts the CNI plugin onto a Kubernetes host, on folders of the test's.
class InstallCniIT {
    @TempDir
    private Path folder;

    private String install;

    @BeforeEach
    void program() throws Exception {
        install = folder + "/opt/bin/install-cni";
        sh("""
                cd %s
                mkdir -p opt/bin opt/cni opt/lib bin
                cp %s opt/bin/
                printf '#!/bin/sh\\ncat "$(dirname "$(readlink -f "$0")")/../lib/version"\\n' > opt/cni/flannel
                chmod +x opt/cni/flannel
                echo 1 > opt/lib/version
                """.formatted(folder, Path.of("src/main/dist/bin/install-cni").toAbsolutePath()));
    }

    private String plugin() throws Exception {
        return sh("%s plugin %s/home %s/bin".formatted(install, folder, folder));
    }

    private String folders() throws Exception {
        return sh("ls %s/home | wc -l".formatted(folder));
    }

    @Test
    void replacesThePluginAndKeepsTheOneBefore() throws Exception {
        Files.writeString(folder.resolve("bin/flannel"), "Go flannel's");
        plugin();
        assertThat(sh(folder + "/bin/flannel")).isEqualTo("1");
        String first = sh("readlink " + folder + "/bin/flannel");
        assertThat(plugin()).contains("already");
        assertThat(folders()).isEqualTo("1");

        sh("echo 2 > %s/opt/lib/version".formatted(folder));
        plugin();
        assertThat(sh(folder + "/bin/flannel")).isEqualTo("2");
        assertThat(sh(first)).as("a plugin that still runs").isEqualTo("1");
        sh("echo 3 > %s/opt/lib/version".formatted(folder));
        plugin();
        assertThat(sh(folder + "/bin/flannel")).isEqualTo("3");
        assertThat(folders()).as("this one and the one before").isEqualTo("2");
        assertThat(sh("ls -A %s/bin".formatted(folder))).isEqualTo("flannel");
    }

    @Test
    void installsAgainWhatSomebodySpoiled() throws Exception {
        plugin();
        sh("rm $(readlink -f %s/bin/flannel)".formatted(folder));
        plugin();
        assertThat(sh(folder + "/bin/flannel")).isEqualTo("1");
    }

    @Test
    void writesTheConfigurationAsAWhole() throws Exception {
        sh("echo new > %1$s/conf; mkdir %1$s/net.d; echo old > %1$s/net.d/10-flannel.conflist".formatted(folder));
        sh("%1$s config %2$s/conf %2$s/net.d/10-flannel.conflist".formatted(install, folder));
        assertThat(sh("cat %1$s/net.d/10-flannel.conflist; ls -A %1$s/net.d".formatted(folder)))
                .isEqualTo("new\n10-flannel.conflist");
    }

    @Test
    void saysWhatItNeeds() {
        assertThatThrownBy(() -> sh(install)).hasMessageContaining("usage: install-cni");
        assertThatThrownBy(() -> sh(install + " plugins a b")).hasMessageContaining("\"plugins\" is not understood");
    }
}

package jflannel.dist;

import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import jflannel.ip.Family;
import jflannel.lab.Lab;
import jflannel.lab.LabSetup;
import jflannel.lab.Scenario;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The container image, read as the OCI image specification says, and run as a container runtime would.
@ExtendWith(OwnNetns.class)
class ImageIT {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @TempDir
    Path folder;

    private JsonNode json(String file) throws IOException {
        return MAPPER.readTree(Files.readAllBytes(folder.resolve("oci").resolve(file)));
    }

    /// The file that a descriptor speaks of, after a look at its size and digest.
    private Path blob(JsonNode descriptor) throws IOException {
        String digest = descriptor.get("digest").asText().replaceFirst("^sha256:", "");
        Path blob = folder.resolve("oci/blobs/sha256").resolve(digest);
        assertThat(blob).hasSize(descriptor.get("size").asLong());
        assertThat(sh("sha256sum < " + blob)).startsWith(digest);
        return blob;
    }

    private void unpackArchive() throws IOException {
        Files.createDirectory(folder.resolve("oci"));
        sh("tar -xf %s -C %s/oci".formatted(Packages.image(), folder));
    }

    private JsonNode manifest() throws IOException {
        JsonNode index = json("index.json");
        assertThat(index.get("manifests")).hasSize(1);
        return MAPPER.readTree(blob(index.get("manifests").get(0)).toFile());
    }

    /// The file system that the layers make, with the kernel's view of processes and networks as every container has
    /// it.
    ///
    /// @param layers how many, from below
    private Path root(int layers) throws IOException {
        unpackArchive();
        Path root = Files.createDirectory(folder.resolve("root"));
        for (int i = 0; i < layers; i++) {
            Path layer = blob(manifest().get("layers").get(i));
            sh("tar -xzpf %s -C %s --keep-directory-symlink".formatted(layer, root));
        }
        sh("mount -t proc none %s/proc".formatted(root));
        return root;
    }

    @Test
    void describesItselfAsTheSpecificationSays() throws Exception {
        unpackArchive();
        assertThat(json("oci-layout").get("imageLayoutVersion").asText()).isEqualTo("1.0.0");
        JsonNode manifest = manifest();
        JsonNode config = MAPPER.readTree(blob(manifest.get("config")).toFile());
        assertThat(config.at("/config/Entrypoint/0").asText()).isEqualTo("/opt/jflannel/bin/flanneld");
        assertThat(config.get("os").asText()).isEqualTo("linux");
        assertThat(config.get("architecture").asText()).isEqualTo(sh("dpkg --print-architecture"));
        JsonNode contents = config.at("/rootfs/diff_ids");
        assertThat(contents).hasSameSizeAs(manifest.get("layers"));
        for (int i = 0; i < contents.size(); i++) {
            Path layer = blob(manifest.get("layers").get(i));
            assertThat("sha256:" + sh("gzip -dc %s | sha256sum".formatted(layer)))
                    .startsWith(contents.get(i).asText());
        }
        JsonNode docker = json("manifest.json").get(0);
        assertThat(docker.get("RepoTags").get(0).asText()).startsWith("jflannel/flanneld:");
        assertThat(docker.get("Config").asText())
                .isEqualTo(
                        "blobs/sha256/" + manifest.at("/config/digest").asText().replace("sha256:", ""));
        assertThat(docker.get("Layers")).hasSameSizeAs(contents);
    }

    @Test
    void carriesANodesTraffic() throws Exception {
        Path root = root(2);
        assertThat(sh("chroot %s /opt/jflannel/bin/flanneld --version 2>&1".formatted(root)))
                .isEqualTo(sh("sed -n 's:.*<version>\\(.*\\)</version>.*:\\1:p' pom.xml | head -n 1"));
        Path flanneld = Sandbox.program(folder.resolve("start"), root, "/opt/jflannel/bin/flanneld");
        LabSetup setup = LabSetup.of(Scenario.VXLAN).withFlanneld(1, flanneld);
        try (Lab lab = Lab.with(setup)) {
            assertThat(lab.reach(1, 2, Family.IPV4, 30)).isPositive();
            assertThat(lab.node(1).sh("iptables-save")).contains("FLANNEL-POSTRTG");
            assertThat(lab.node(1).flanneld().output()).doesNotContainPattern("(?m)^[EW]\\d{4}");
        }
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            true                                                                                    | nf_tables
            iptables-legacy -A FORWARD -j ACCEPT                                                    | legacy
            iptables-nft -A FORWARD -j ACCEPT; iptables-nft -A INPUT -j ACCEPT; iptables-legacy -A FORWARD -j ACCEPT | nf_tables
            iptables-nft -A FORWARD -j ACCEPT; iptables-legacy -t mangle -N KUBE-IPTABLES-HINT      | legacy
            iptables-legacy -A FORWARD -j ACCEPT; iptables-nft -t mangle -N KUBE-KUBELET-CANARY     | nf_tables
            """)
    void takesTheKindOfIptablesThatTheHostUses(String onTheHost, String kind) throws Exception {
        Path root = root(1);
        sh(onTheHost);
        for (String name : new String[] {"ip6tables", "iptables", "iptables"}) {
            assertThat(sh("chroot %s %s --version".formatted(root, name))).endsWith("(" + kind + ")");
        }
        String program = kind.equals("legacy") ? "xtables-legacy-multi" : "xtables-nft-multi";
        assertThat(sh("readlink %s/usr/sbin/iptables-restore".formatted(root))).isEqualTo(program);
    }
}

package jflannel.dist;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The list of libraries is what `target/jflannel` holds, byte by byte.
class SbomIT {
    private static final Path LIST = Path.of("target/sbom/jflannel.cdx.json");
    private static final Path LIB = Path.of("target/jflannel/lib");

    /// Unpacked into our own jar.
    private static final Map<String, String> WITHIN = Map.of("chart.js", "4.5.1", "kurkle__color", "0.3.2");

    @Test
    void namesWhatIsShippedAndNothingElse() throws Exception {
        assumeTrue(Files.exists(LIST), "there is no " + LIST + ": run ./flannel sbom, or leave out -Dquick");
        Map<String, String> listed = new TreeMap<>();
        Map<String, String> within = new TreeMap<>();
        for (JsonNode component : new ObjectMapper().readTree(LIST.toFile()).path("components")) {
            String name = component.path("name").asText();
            String version = component.path("version").asText();
            assertThat(version).as(name).isNotEmpty().doesNotContain("SNAPSHOT");
            assertThat(component.path("licenses")).as("licenses of " + name).isNotEmpty();
            if (WITHIN.containsKey(name)) {
                within.put(name, version);
            } else {
                listed.put(name + "-" + version + ".jar", sha256(component));
            }
        }
        Map<String, String> shipped = new TreeMap<>();
        try (Stream<Path> files = Files.walk(LIB)) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                if (name.endsWith(".jar") && !name.startsWith("jflannel")) {
                    shipped.put(name, sha256(file));
                }
            }
        }
        // its class files are written anew, for a faster start: src/build/UpgradeClasses.java
        listed.keySet().stream().filter(name -> name.startsWith("picocli-")).forEach(name -> {
            assertThat(shipped).containsKey(name);
            shipped.put(name, listed.get(name));
        });
        assertThat(shipped).hasSizeGreaterThan(30).isEqualTo(listed);
        assertThat(within).isEqualTo(WITHIN);
        try (JarFile lab = new JarFile(LIB.resolve("jflannel-lab.jar").toFile())) {
            byte[] chart = lab.getInputStream(lab.getEntry("jflannel/lab/bench/chartjs/chart.umd.min.js"))
                    .readAllBytes();
            assertThat(new String(chart, UTF_8))
                    .contains("Chart.js v" + WITHIN.get("chart.js"), "@kurkle/color v" + WITHIN.get("kurkle__color"));
        }
    }

    private static String sha256(JsonNode component) {
        for (JsonNode hash : component.path("hashes")) {
            if (hash.path("alg").asText().equals("SHA-256")) {
                return hash.path("content").asText();
            }
        }
        return "none";
    }

    private static String sha256(Path file) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }
}

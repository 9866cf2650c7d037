package jflannel.lease;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import jflannel.ip.Cidr;

/// What others write into the store, or into files, is understood or refused with a reason, and nothing else
/// happens.
class LeaseFuzzTest {
    @FuzzTest
    void announcement(byte[] data) {
        Announcement announced;
        try {
            announced = AnnouncementJson.parse(new String(data, UTF_8));
        } catch (IllegalArgumentException e) {
            assertThat(e.getMessage()).isNotBlank();
            return;
        }
        String written = AnnouncementJson.format(announced);
        assertThat(AnnouncementJson.format(AnnouncementJson.parse(written))).isEqualTo(written);
    }

    @FuzzTest
    void networkConfig(byte[] data) {
        NetworkConfig config;
        try {
            config = NetworkConfig.parse("here", new String(data, UTF_8));
        } catch (ConfigException e) {
            assertThat(e.getMessage()).startsWith("here");
            return;
        }
        assertThat(config.pools()).isNotEmpty();
        config.pools().forEach((family, pool) -> {
            assertThat(pool.network().family()).isEqualTo(family);
            assertThat(pool.subnetLength()).isBetween(pool.network().length(), family.bits());
        });
        config.type().options().forEach(config::option); // as backends ask for them
        assertThat(config.redacted()).isNotBlank();
    }

    @FuzzTest
    void subnetKey(byte[] data) {
        String key = new String(data, UTF_8);
        try {
            assertThat(SubnetKey.format(SubnetKey.parse(key))).isEqualTo(key);
        } catch (IllegalArgumentException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    @FuzzTest
    void environmentFile(byte[] data) throws IOException {
        for (Map.Entry<String, String> variable :
                EnvironmentFile.parse(new String(data, UTF_8)).entrySet()) {
            assertThat(variable.getKey()).matches("[A-Za-z_][A-Za-z0-9_]*");
        }
        Path file = Files.createTempFile("subnet", ".env");
        try {
            Files.write(file, data);
            for (Cidr cidr : new SubnetFile(file).previousSubnets()) {
                assertThat(cidr.toString()).isNotBlank();
            }
        } finally {
            Files.delete(file);
        }
    }

    @FuzzTest
    void stateFile(byte[] data) {
        LastKnown read;
        try {
            read = LastKnown.parse(new String(data, UTF_8), NetworkConfig::parse);
        } catch (IllegalArgumentException e) {
            assertThat(e.getMessage()).isNotBlank();
            return;
        }
        assertThat(LastKnown.parse(read.json(), NetworkConfig::parse)).isEqualTo(read);
    }
}

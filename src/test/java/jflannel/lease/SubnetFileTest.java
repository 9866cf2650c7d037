package jflannel.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SubnetFileTest {
    @TempDir
    Path directory;

    private Path path;
    private SubnetFile file;

    @BeforeEach
    void placeTheFileInADirectoryThatIsNotThere() {
        path = directory.resolve("run/flannel/subnet.env");
        file = new SubnetFile(path);
    }

    private static String text(String config, String... subnets) {
        Lease own = new Lease(
                Stream.of(subnets).map(Cidr::parse).toList(),
                new Announcement(Map.of(Family.IPV4, Ip.parse("192.0.2.1")), "vxlan", Map.of()));
        return SubnetFile.text(NetworkConfig.parse("config", config), own, 1450, true);
    }

    @Test
    void holdsWhatGoFlannelWrites() {
        assertThat(text("{\"Network\":\"10.244.0.0/16\"}", "10.244.67.0/24")).isEqualTo("""
                FLANNEL_NETWORK=10.244.0.0/16
                FLANNEL_SUBNET=10.244.67.1/24
                FLANNEL_MTU=1450
                FLANNEL_IPMASQ=true
                """);
        assertThat(text(
                        "{\"Network\":\"10.244.0.0/16\",\"EnableIPv6\":true,\"IPv6Network\":\"fd00:10:244::/56\"}",
                        "10.244.1.0/24",
                        "fd00:10:244:1::/64"))
                .isEqualTo("""
                FLANNEL_NETWORK=10.244.0.0/16
                FLANNEL_SUBNET=10.244.1.1/24
                FLANNEL_IPV6_NETWORK=fd00:10:244::/56
                FLANNEL_IPV6_SUBNET=fd00:10:244:1::1/64
                FLANNEL_MTU=1450
                FLANNEL_IPMASQ=true
                """);
        assertThat(text(
                        "{\"EnableIPv4\":false,\"EnableIPv6\":true,\"IPv6Network\":\"fd00:10:244::/56\"}",
                        "fd00:10:244:1::/64"))
                .isEqualTo("""
                FLANNEL_IPV6_NETWORK=fd00:10:244::/56
                FLANNEL_IPV6_SUBNET=fd00:10:244:1::1/64
                FLANNEL_MTU=1450
                FLANNEL_IPMASQ=true
                """);
    }

    @Test
    void isWrittenReadableByAllWithNothingLeftBeside() throws IOException {
        file.write("FLANNEL_MTU=1450\n");
        assertThat(path).hasContent("FLANNEL_MTU=1450\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                .isEqualTo("rw-r--r--");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path.getParent())))
                .isEqualTo("rwxr-xr-x");
        assertThat(path.getParent().toFile().list()).containsExactly("subnet.env");
    }

    @Test
    void isReplacedRatherThanChangedSoThatAReaderKeepsAWholeFile() throws IOException {
        file.write("old\n");
        try (var reader = Files.newBufferedReader(path)) {
            file.write("new and longer\n");
            assertThat(reader.readLine()).isEqualTo("old");
        }
        assertThat(path).hasContent("new and longer\n");
    }

    @Test
    void isCurrentUntilItIsChangedOrVanishes() throws IOException {
        assertThat(file.isCurrent("a\n")).isFalse();
        file.write("a\n");
        assertThat(file.isCurrent("a\n")).isTrue();
        assertThat(file.isCurrent("b\n")).isFalse();
        Files.writeString(path, "c\n");
        assertThat(file.isCurrent("a\n")).isFalse();
        Files.delete(path);
        assertThat(file.isCurrent("a\n")).isFalse();
    }

    @Test
    void namesThePathThatCannotBeWritten() throws IOException {
        Files.writeString(directory.resolve("run"), "a file where a directory should be");
        assertThatThrownBy(() -> file.write("a\n"))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith(path + " cannot be written: ");
        Files.delete(directory.resolve("run"));
        Files.createDirectories(path);
        Files.writeString(path.resolve("x"), "");
        assertThatThrownBy(() -> file.write("a\n")).hasMessageStartingWith(path + " cannot be written: ");
        assertThat(path.getParent().toFile().list()).containsExactly("subnet.env");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', nullValues = "-", useHeadersInDisplayName = true, textBlock = """
            content                                                               | subnets
            FLANNEL_SUBNET=10.5.1.1/24                                            | 10.5.1.0/24
            FLANNEL_SUBNET=10.5.1.1/24~FLANNEL_IPV6_SUBNET=fd00:5:1::1/64         | 10.5.1.0/24 fd00:5:1::/64
            export FLANNEL_SUBNET="10.5.1.1/24" # mine                            | 10.5.1.0/24
            FLANNEL_SUBNET='10.5.1.1/24'                                          | 10.5.1.0/24
            FLANNEL_SUBNET=10.5.1.1/24 # mine                                     | 10.5.1.0/24
            # FLANNEL_SUBNET=10.5.1.1/24                                          | -
            FLANNEL_SUBNET = 10.5.1.1/24                                          | 10.5.1.0/24
            FLANNEL_SUBNET=10.5.1.1/24~FLANNEL_SUBNET=10.5.2.1/24                 | 10.5.2.0/24
            FLANNEL_SUBNET=10.5.1.1/24,nonsense                                   | 10.5.1.0/24
            FLANNEL_SUBNET="10.5.1.1/24, nonsense"                                | 10.5.1.0/24
            FLANNEL_SUBNET=10.5.1.1/24,10.5.2.1/24                                | -
            FLANNEL_SUBNET=10.5.1.1/24,10.5.2.1/24~FLANNEL_IPV6_SUBNET=fd00::1/64 | fd00::/64
            FLANNEL_SUBNET=fd00::1/64                                             | -
            FLANNEL_SUBNET=                                                       | -
            FLANNEL_SUBNET                                                        | -
            FLANNEL_SUBNET=$(reboot)                                              | -
            NOT_FLANNEL_SUBNET=10.5.1.1/24                                        | -
            ?? !!~FLANNEL_SUBNET=10.5.1.1/24                                      | 10.5.1.0/24
            """)
    void tellsTheSubnetsThisNodeHad(String content, String subnets) throws IOException {
        file.write(content.replace('~', '\n') + "\n");
        List<Cidr> expected = subnets == null
                ? List.of()
                : Stream.of(subnets.split(" ")).map(Cidr::parse).toList();
        assertThat(file.previousSubnets()).isEqualTo(expected);
    }

    @Test
    void tellsNoSubnetsWhereThereIsNoReadableFile() throws IOException {
        assertThat(file.previousSubnets()).isEmpty();
        Files.createDirectories(path);
        assertThat(file.previousSubnets()).isEmpty();
    }

    @Test
    void survivesBytesThatAreNoText() throws IOException {
        Files.createDirectories(path.getParent());
        Files.write(path, new byte[] {(byte) 0xff, 0, '\n', 'F', (byte) 0xc3});
        assertThat(file.previousSubnets()).isEmpty();
    }
}

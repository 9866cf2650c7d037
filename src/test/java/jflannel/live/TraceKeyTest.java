package jflannel.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TraceKeyTest {
    private static final String HEX = "0123456789abcdef0123456789abcdef";

    @TempDir
    private Path folder;

    private Path file(String content, String mode) throws IOException {
        Path file = Files.writeString(folder.resolve("key"), content);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    }

    @Test
    void aLineEndIsNoPartOfIt() throws IOException {
        byte[] message = {1};
        byte[] code = TraceKey.read(file(HEX, "rw-------")).code(message, 1);
        assertThat(TraceKey.read(file(HEX + "\r\n", "r--------")).code(message, 1))
                .isEqualTo(code);
    }

    @Test
    void theCodeIsThatOfRfc4231() {
        byte[] key = HexFormat.of().parseHex("0b".repeat(20));
        byte[] data = "Hi There".getBytes(StandardCharsets.US_ASCII);
        assertThat(HexFormat.of().formatHex(new TraceKey(key).code(data, data.length)))
                .isEqualTo("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    }

    @Test
    void whatOthersCanReadIsNoSecret() throws IOException {
        for (String mode : new String[] {"rw-r-----", "rw----r--", "rw--w----"}) {
            Path file = file(HEX, mode);
            assertThatThrownBy(() -> TraceKey.read(file)).hasMessageContaining("chmod 600");
        }
    }

    @Test
    void whatIsShortIsNoSecret() throws IOException {
        Path file = file("0123456789abcdef0123456789abcde\n", "rw-------");
        assertThatThrownBy(() -> TraceKey.read(file)).hasMessageContaining("holds 31 bytes");
    }

    @Test
    void itIsNeverPrinted() {
        assertThat(new TraceKey(HEX.getBytes(StandardCharsets.US_ASCII)).toString())
                .doesNotContain("0123");
    }
}

package jflannel.kernelpath;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WireTest {
    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "RFC 1071's example, 0001f203f4f5f6f7, 220d",
        "a sum whose first fold carries again, ffff0002fffeffff0002fffe, fffd",
        "nothing, 00000000, ffff"
    })
    void theChecksumIsTheInternets(String what, String bytes, String checksum) {
        byte[] header = HexFormat.of().parseHex(bytes);
        assertThat(Wire.checksum(ByteBuffer.wrap(header), 0, header.length))
                .isEqualTo((short) Integer.parseInt(checksum, 16));
    }
}

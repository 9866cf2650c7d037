package jflannel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import jflannel.netlink.MessageReader;
import org.junit.jupiter.api.Test;

/// Filters byte by byte, on a little-endian machine.
class FilterCodecTest {
    private static final String CLSACT = "00000000 04000000 0000ffff f1ffffff 00000000  0b000100 636c7361 63740000";
    private static final String FILTER = "00000000 04000000 5d200000 f2ffffff 0003581b  08000100 62706600"
            + "24000200 08000600 00000000  0d000700 666c616e 6e656c30 00000000  08000800 01000000";

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    @Test
    void theHooksOfADevice() throws Exception {
        assertThat(new Clsact(4).encode()).isEqualTo(bytes(CLSACT));
        assertThat(Clsact.decode(new MessageReader("test", bytes(CLSACT)))).isEqualTo(new Clsact(4));
        String other = CLSACT.replace("636c7361 63740000", "6e6f7175 65756500"); // noqueue
        assertThat(Clsact.decode(new MessageReader("test", bytes(other)))).isNull();
    }

    @Test
    void aFilter() throws Exception {
        Filter filter = new Filter(4, Hook.INGRESS, 8285, "flannel0", 0, 0);
        assertThat(filter.encode()).isEqualTo(bytes(FILTER));
        assertThat(Filter.decode(new MessageReader("test", bytes(FILTER)))).isEqualTo(filter);
        assertThat(filter.encodeForDeletion()).isEqualTo(bytes(FILTER.substring(0, FILTER.indexOf("24000200"))));
    }

    @Test
    void aFilterOfAnotherPriorityOrKindIsSomebodyElses() throws Exception {
        for (String other :
                new String[] {FILTER.replace("0003581b", "00030100"), FILTER.replace("62706600", "75333200")}) {
            assertThat(Filter.decode(new MessageReader("test", bytes(other)))).isNull();
        }
    }
}

package jflannel.vici;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SectionTest {
    /// The example in the description of the protocol (src/libcharon/plugins/vici/README.md of strongSwan).
    private static final String BYTES = "03046b65793100" + "0676616c756531" // key1 = value1
            + "010873656374696f6e31" // section1 = {
            + "010b7375622d73656374696f6e" // sub-section = {
            + "03046b65793200" + "0676616c756532" // key2 = value2
            + "02" // }
            + "04056c69737431" + "0500056974656d31" + "0500056974656d32" + "06" // list1 = [item1, item2]
            + "02"; // }

    private static final Section EXAMPLE = Section.EMPTY
            .with("key1", "value1")
            .with(
                    "section1",
                    Section.EMPTY
                            .with("sub-section", Section.EMPTY.with("key2", "value2"))
                            .with("list1", List.of("item1", "item2")));

    @Test
    void isWrittenAsTheProtocolsOwnExample() {
        assertThat(HexFormat.of().formatHex(EXAMPLE.encode())).isEqualTo(BYTES);
    }

    @Test
    void isReadFromIt() throws Exception {
        Section read = decode(BYTES);
        assertThat(read).isEqualTo(EXAMPLE);
        assertThat(read.text("key1")).isEqualTo("value1");
        assertThat(read.section("section1").items("list1")).containsExactly("item1", "item2");
        assertThat(read.sections()).containsOnlyKeys("section1");
    }

    @Test
    void whatIsNotThereIsEmpty() {
        assertThat(EXAMPLE.text("section1")).isEmpty();
        assertThat(EXAMPLE.items("key1")).isEmpty();
        assertThat(EXAMPLE.section("key1").sections()).isEmpty();
        assertThat(EXAMPLE.number("key1")).isZero();
    }

    @Test
    void neverShowsItsValues() {
        assertThat(EXAMPLE.toString()).contains("key1").doesNotContain("value1");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "02", // ends what did not begin
                "0102616202" + "02",
                "01026162", // does not end
                "0402616205000161", // a list that does not end
                "0500016106", // an item outside
                "0401610301610000" + "06", // a key in a list
                "0301610001" + "62" + "0301610001" + "62", // twice the same
                "03016100", // ends within a length
                "030161000562", // within a text
                "030261", // within a name
                "03000000", // no name
                "03010a0000", // a control character in a name
                "07016100",
                "00"
            })
    void refusesWhatIsNotOneMessage(String hex) {
        assertThatThrownBy(() -> decode(hex)).isInstanceOf(ViciException.class);
    }

    @Test
    void refusesSectionsWithoutEnd() {
        assertThatThrownBy(() -> decode("010161".repeat(100_000))).isInstanceOf(ViciException.class);
    }

    @Test
    void whateverIsDamagedIsReadOrRefused() throws Exception {
        Random random = new Random(1);
        byte[] whole = HexFormat.of().parseHex(BYTES);
        for (int i = 0; i < 20_000; i++) {
            byte[] damaged = whole.clone();
            damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            try {
                Section read = Section.decode(ByteBuffer.wrap(damaged));
                assertThat(Section.decode(ByteBuffer.wrap(read.encode()))).isEqualTo(read);
            } catch (ViciException e) {
                assertThat(e).hasMessageMatching("[ -~]+");
            }
        }
    }

    @Test
    void refusesToWriteWhatDoesNotFit() {
        Section longText = Section.EMPTY.with("a", "x".repeat(65_536));
        assertThatThrownBy(longText::encode).isInstanceOf(IllegalArgumentException.class);
        Section longName = Section.EMPTY.with("x".repeat(256), "a");
        assertThatThrownBy(longName::encode).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aPacketHasItsLengthTypeAndNameBeforeTheMessage() throws Exception {
        Packet packet = Packet.request("load-conn", Section.EMPTY.with("a", "b"));
        byte[] bytes = packet.encode().array();
        assertThat(HexFormat.of().formatHex(bytes))
                .isEqualTo("00000011" + "00" + "09" + hex("load-conn") + "030161000162");
        assertThat(Packet.decode(ByteBuffer.wrap(bytes).position(4))).isEqualTo(packet);
    }

    @Test
    void aPacketOfAnotherTypeIsRefused() {
        assertThatThrownBy(() -> Packet.decode(ByteBuffer.wrap(new byte[] {8}))).isInstanceOf(ViciException.class);
        assertThatThrownBy(() -> Packet.decode(ByteBuffer.allocate(0))).isInstanceOf(ViciException.class);
    }

    private static Section decode(String hex) throws ViciException {
        return Section.decode(ByteBuffer.wrap(HexFormat.of().parseHex(hex)));
    }

    private static String hex(String text) {
        return HexFormat.of().formatHex(text.getBytes(StandardCharsets.US_ASCII));
    }
}

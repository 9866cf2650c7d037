package jflannel.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.Map;
import java.util.Random;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AnnouncementJsonTest {
    private static final Ip V4 = Ip.parse("192.0.2.10");
    private static final Ip V6 = Ip.parse("2001:db8::10");
    private static final String VXLAN = "{\"VNI\":1,\"VtepMAC\":\"82:4b:b6:2f:54:4e\"}";

    @Test
    void isByteForByteWhatGoFlannelWrites() {
        bothWays(
                new Announcement(Map.of(Family.IPV4, V4), "vxlan", Map.of(Family.IPV4, VXLAN)),
                "{\"PublicIP\":\"192.0.2.10\",\"PublicIPv6\":null,\"BackendType\":\"vxlan\",\"BackendData\":" + VXLAN
                        + "}");
        bothWays(
                new Announcement(Map.of(Family.IPV4, V4), "", Map.of()),
                "{\"PublicIP\":\"192.0.2.10\",\"PublicIPv6\":null}");
        bothWays(
                new Announcement(
                        Map.of(Family.IPV4, V4, Family.IPV6, V6),
                        "vxlan",
                        Map.of(Family.IPV4, VXLAN, Family.IPV6, "{\"VNI\":2}")),
                "{\"PublicIP\":\"192.0.2.10\",\"PublicIPv6\":\"2001:db8::10\",\"BackendType\":\"vxlan\",\"BackendData\":"
                        + VXLAN + ",\"BackendV6Data\":{\"VNI\":2}}");
        bothWays(
                new Announcement(Map.of(Family.IPV6, V6), "host-gw", Map.of()),
                "{\"PublicIP\":\"0.0.0.0\",\"PublicIPv6\":\"2001:db8::10\",\"BackendType\":\"host-gw\"}");
    }

    @Test
    void wireguardsKeyComesFirstAsInGosStructure() {
        String data = "{\"PublicKey\":\"hIA3ikj2DFYrA9vQDbiqDJKPz7FMV2hNqgKJpU7sVj4=\",\"Port\":51820}";
        bothWays(
                new Announcement(Map.of(Family.IPV4, V4), "wireguard", Map.of(Family.IPV4, data)),
                "{\"PublicIP\":\"192.0.2.10\",\"PublicIPv6\":null,\"BackendType\":\"wireguard\",\"BackendData\":" + data
                        + "}");
    }

    @Test
    void writesBackendDataCompactAndEscapedAsGoDoes() {
        Announcement spaced =
                new Announcement(Map.of(Family.IPV4, V4), "x&y", Map.of(Family.IPV4, " { \"a b\" : \"<\\\" >\" } \n"));
        assertThat(AnnouncementJson.format(spaced))
                .endsWith("\"BackendType\":\"x\\u0026y\",\"BackendData\":{\"a b\":\"\\u003c\\\" \\u003e\"}}");
    }

    /// Go flannel ignores the field.
    @Test
    void hasTheMtuOnlyWhereItIsNotTheUsualOne() {
        Announcement plain = new Announcement(Map.of(Family.IPV4, V4), "host-gw", Map.of());
        String json = "{\"PublicIP\":\"192.0.2.10\",\"PublicIPv6\":null,\"BackendType\":\"host-gw\"%s}";
        bothWays(plain.withMtu(9000), json.formatted(",\"MTU\":9000"));
        assertThat(plain.withMtu(1500)).isEqualTo(plain);
        for (String odd :
                new String[] {"1500", "-9000", "9e3", "575", "65536", "999999999999", "\"9000\"", "{}", "null"}) {
            assertThat(AnnouncementJson.parse(json.formatted(",\"MTU\":" + odd)))
                    .isEqualTo(plain);
        }
    }

    @Test
    void passesBackendDataOn() {
        assertThat(AnnouncementJson.parse(
                                "{\"PublicIP\":\"192.0.2.10\",\"BackendData\": [1.50, {\"a\" :null}] ,\"x\":{}}")
                        .backendData(Family.IPV4))
                .contains("[1.50,{\"a\":null}]");
        assertThat(AnnouncementJson.parse("{\"BackendData\":\"key \\\" {\"}").backendData(Family.IPV4))
                .contains("\"key \\\" {\"");
        assertThat(AnnouncementJson.parse("{\"BackendData\":17}").backendData(Family.IPV4))
                .contains("17");
        assertThat(AnnouncementJson.parse("{\"BackendData\":null}").backendData())
                .isEmpty();
    }

    @Test
    void matchesNamesWhateverTheirCaseAndLeavesUnknownOnesAlone() {
        assertThat(AnnouncementJson.parse("{\"publicip\":\"192.0.2.10\",\"Future\":{\"PublicIP\":[]}}"))
                .isEqualTo(new Announcement(Map.of(Family.IPV4, V4), "", Map.of()));
    }

    @Test
    void takesTheLastOfTwoAsGoFlannelDoes() {
        assertThat(AnnouncementJson.parse("{\"PublicIP\":\"192.0.2.1\",\"PublicIP\":\"192.0.2.10\"}"))
                .isEqualTo(new Announcement(Map.of(Family.IPV4, V4), "", Map.of()));
    }

    @ParameterizedTest
    @CsvSource(useHeadersInDisplayName = true, delimiter = '|', quoteCharacter = '`', textBlock = """
            value                                                | complaint
            garbage                                              | not JSON
            ``                                                   | not JSON
            []                                                   | a JSON object was expected
            {                                                    | not JSON
            {"PublicIP":17}                                      | PublicIP is not a string
            {"PublicIP":"192.0.2"}                               | PublicIP "192.0.2" is not an IPv4 address
            {"PublicIP":"2001:db8::1"}                           | PublicIP "2001:db8::1" is not an IPv4 address
            {"publicipv6":"192.0.2.1"}                           | publicipv6 "192.0.2.1" is not an IPv6 address
            {"BackendType":{}}                                   | BackendType is not a string
            {"PublicIP":"192.0.2.1"} x                           | not JSON
            {"PublicIP":"192.0.2.1"} {}                          | more text after the end
            {"BackendData":{]}                                   | not JSON
            """)
    void saysWhatIsWrong(String value, String complaint) {
        assertThatThrownBy(() -> AnnouncementJson.parse(value))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(complaint);
    }

    @ParameterizedTest
    @ValueSource(ints = {10_000, 100_000})
    void refusesWhatIsTooDeepOrTooLong(int depth) {
        assertThatThrownBy(() -> AnnouncementJson.parse("{\"BackendData\":" + "[".repeat(depth)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void neverFailsOtherwiseOnDamagedValues() {
        String value = "{\"PublicIP\":\"192.0.2.10\",\"PublicIPv6\":null,\"BackendType\":\"vxlan\",\"BackendData\":"
                + VXLAN + "}";
        Random random = new Random(11);
        for (int i = 0; i < 20_000; i++) {
            StringBuilder damaged = new StringBuilder(value);
            for (int n = random.nextInt(3); n >= 0; n--) {
                int at = random.nextInt(damaged.length());
                switch (random.nextInt(3)) {
                    case 0 -> damaged.setCharAt(at, (char) random.nextInt(0x80));
                    case 1 -> damaged.deleteCharAt(at);
                    default -> damaged.insert(at, "{}[]\",:0\\".charAt(random.nextInt(9)));
                }
            }
            Throwable thrown = catchThrowable(() -> AnnouncementJson.parse(damaged.toString()));
            if (thrown != null) {
                assertThat(thrown).as("%s", damaged).isInstanceOf(IllegalArgumentException.class);
            }
        }
    }

    private static void bothWays(Announcement announced, String json) {
        assertThat(AnnouncementJson.format(announced)).isEqualTo(json);
        assertThat(AnnouncementJson.parse(json)).isEqualTo(announced);
    }
}

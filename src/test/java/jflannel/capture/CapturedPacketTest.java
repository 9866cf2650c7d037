package jflannel.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.Set;
import jflannel.ip.Ip;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CapturedPacketTest {
    private static final String PING = "45000054 00004000 3e010000 64600102 64600203" // 100.96.1.2 > 100.96.2.3
            + "0800 0000 0007 0001" + "00".repeat(56);
    private static final String PONG =
            "45000054 00004000 3e010000 64600203 64600102 0000 0000 0007 0001" + "00".repeat(56);
    private static final String PING6 = "60000000 0040 3a 3f fd000100009600010000000000000002"
            + "fd000100009600020000000000000003 80 00 0000 0007 0002" + "00".repeat(56);
    private static final String NODES = "45000070 00004000 40110000 0aa80002 0aa80003"; // 10.168.0.2 > 10.168.0.3
    private static final String IN_UDP = NODES + "205d 205d 005c 0000" + PING;
    private static final String IN_VXLAN =
            NODES + "c000 2118 0072 0000 08000000 00000100 020000000002 020000000001 0800" + PING;

    private static CapturedPacket packet(String hex) {
        return CapturedPacket.decode(HexFormat.of().parseHex(hex.replace(" ", "")), Set.of());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            plain | 100.96.1.2 > 100.96.2.3: ICMP echo request, seq 1, length 64
            ipv6  | fd00:100:96:1::2 > fd00:100:96:2::3: ICMP echo request, seq 2, length 64
            udp   | 10.168.0.2.8285 > 10.168.0.3.8285: UDP, length 84 [ 100.96.1.2 > 100.96.2.3: ICMP echo request, seq 1, length 64 ]
            vxlan | 10.168.0.2.49152 > 10.168.0.3.8472: UDP, length 106, OTV/VXLAN vni 1 [ 100.96.1.2 > 100.96.2.3: ICMP echo request, seq 1, length 64 ]
            """)
    void showsWhatPassedInOneLine(String wrapping, String line) {
        assertThat(packet(hex(wrapping))).hasToString(line);
    }

    private static String hex(String wrapping) {
        return switch (wrapping) {
            case "udp" -> IN_UDP;
            case "vxlan" -> IN_VXLAN;
            case "ipv6" -> PING6;
            default -> PING;
        };
    }

    @Test
    void showsWhatIsInsideOnALineOfItsOwn() {
        assertThat(packet(IN_UDP).lines())
                .containsExactly(
                        "10.168.0.2.8285 > 10.168.0.3.8285: UDP, length 84",
                        "100.96.1.2 > 100.96.2.3: ICMP echo request, seq 1, length 64");
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "udp", "vxlan"})
    void findsTheEchoHoweverItIsWrapped(String wrapping) {
        String hex = hex(wrapping);
        Ip one = Ip.parse("100.96.1.2");
        Ip two = Ip.parse("100.96.2.3");
        assertThat(packet(hex).carriesEcho(false, one, two)).isTrue();
        assertThat(packet(hex).carriesEcho(true, one, two)).isFalse();
        assertThat(packet(hex).carriesEcho(false, two, one)).isFalse();
        assertThat(packet(PONG).carriesEcho(true, two, one)).isTrue();
    }

    @Test
    void takesNoOtherTrafficForAnEcho() {
        CapturedPacket unreachable = packet("45000054 00004000 3e010000 64600102 64600203 0301 0000");
        assertThat(unreachable.carriesEcho(false, Ip.parse("100.96.1.2"), Ip.parse("100.96.2.3")))
                .isFalse();
        assertThat(unreachable.toString()).isEqualTo("100.96.1.2 > 100.96.2.3: ICMP error, type 3, code 1");
    }

    @Test
    void isNoPacketWithoutAnIpHeader() {
        assertThat(packet("0001080006040001")).isNull();
        assertThat(packet("")).isNull();
    }

    @Test
    void survivesPacketsThatAreCutShortOrDamaged() {
        byte[] whole = HexFormat.of().parseHex(IN_VXLAN.replace(" ", ""));
        for (int length = 0; length < whole.length; length++) {
            describe(Arrays.copyOf(whole, length));
        }
        Random random = new Random(7);
        for (int i = 0; i < 20_000; i++) {
            byte[] damaged = whole.clone();
            for (int j = 0; j < 3; j++) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            describe(damaged);
        }
    }

    private static void describe(byte[] bytes) {
        CapturedPacket packet = CapturedPacket.decode(bytes, Set.of());
        if (packet != null) {
            assertThat(packet.toString()).isNotEmpty();
        }
    }
}

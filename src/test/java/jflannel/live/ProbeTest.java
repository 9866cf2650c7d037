package jflannel.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Set;
import jflannel.capture.CapturedPacket;
import jflannel.foreign.Packet;
import jflannel.ip.Ip;
import jflannel.live.Probe.Role;
import jflannel.trace.Question;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A probe is found in whatever wraps it, and nothing else is taken for it.
class ProbeTest {
    private static final Ip POD = Ip.parse("100.96.1.2");
    private static final Ip OTHER = Ip.parse("100.96.2.3");
    private static final Ip NODE = Ip.parse("10.168.0.2");
    private static final long MARK = 0x1122334455667788L;
    private static final int OWN_PORT = 8999;

    private static Probe probe(String protocol) {
        int number = switch (protocol) {
            case "tcp" -> Packet.TCP;
            case "udp" -> Packet.UDP;
            default -> Packet.ICMP;
        };
        return new Probe(new Question(POD, OTHER, number, number == Packet.ICMP ? 0 : 80), 50_000, MARK);
    }

    private static byte[] ip(int protocol, Ip from, Ip to, byte[] message) {
        return ByteBuffer.allocate(20 + message.length)
                .putInt(0x45000000 | 20 + message.length)
                .putInt(0)
                .putInt(64 << 24 | protocol << 16)
                .put(from.bytes())
                .put(to.bytes())
                .put(message)
                .array();
    }

    private static byte[] udp(int from, int to, byte[]... parts) {
        int length = Arrays.stream(parts).mapToInt(part -> part.length).sum();
        ByteBuffer datagram = ByteBuffer.allocate(8 + length)
                .putShort((short) from)
                .putShort((short) to)
                .putInt(8 + length << 16);
        Arrays.stream(parts).forEach(datagram::put);
        return datagram.array();
    }

    private static byte[] hex(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    private static byte[] sent(Probe probe) {
        return ip(probe.question().protocol(), POD, OTHER, probe.bytes());
    }

    private static CapturedPacket captured(byte[] packet) {
        return CapturedPacket.decode(packet, Set.of(OWN_PORT));
    }

    private static Role role(Probe probe, byte[] packet) {
        return probe.role(captured(packet), null);
    }

    @ParameterizedTest(name = "{0} in {1}")
    @CsvSource({
        "icmp, nothing",
        "udp, nothing",
        "tcp, nothing",
        "icmp, vxlan",
        "udp, vxlan",
        "tcp, vxlan",
        "icmp, udp",
        "udp, udp",
        "tcp, udp",
        "tcp, another port"
    })
    void isRecognizedInWhatWrapsIt(String protocol, String wrapping) {
        Probe probe = probe(protocol);
        byte[] inner = sent(probe);
        byte[] packet = switch (wrapping) {
            case "vxlan" ->
                ip(17, NODE, NODE, udp(50_001, 8472, hex("08000000 00000100 020000000002 020000000001 0800"), inner));
            case "udp" -> ip(17, NODE, NODE, udp(8285, 8285, inner));
            case "another port" -> ip(17, NODE, NODE, udp(OWN_PORT, OWN_PORT, inner));
            default -> inner;
        };
        assertThat(role(probe, packet)).isEqualTo(Role.REQUEST);
        assertThat(role(new Probe(probe.question(), 50_000, MARK ^ 1), packet)).isEqualTo(Role.NONE);
    }

    @Test
    void anEchoReplyIsTheAnswerToIt() {
        byte[] reply = probe("icmp").bytes();
        reply[0] = 0;
        assertThat(role(probe("icmp"), ip(1, OTHER, POD, reply))).isEqualTo(Role.REPLY);
        reply[15] ^= 1;
        assertThat(role(probe("icmp"), ip(1, OTHER, POD, reply))).isEqualTo(Role.NONE);
    }

    @ParameterizedTest(name = "acknowledgment {0}, flags {1}: {2}")
    @CsvSource({"55667789, 12, REPLY", "55667789, 14, REFUSAL", "55667788, 12, NONE", "55667789, 02, NONE"})
    void whatAcknowledgesTheSegmentIsTheAnswerToIt(String acknowledgment, String flags, Role role) {
        byte[] segment = hex("0050 c350 01020304" + acknowledgment + "50" + flags + "ffff 0000 0000");
        assertThat(role(probe("tcp"), ip(6, OTHER, POD, segment))).isEqualTo(role);
    }

    /// A server may send back what it got, so the direction counts, and not the mark.
    @Test
    void aDatagramThatReturnsIsTheAnswer() {
        Probe probe = probe("udp");
        CapturedPacket request = captured(sent(probe));
        byte[] echoed = Arrays.copyOfRange(probe.bytes(), 8, 16);
        CapturedPacket back = captured(ip(17, OTHER, POD, udp(80, 50_000, echoed)));
        assertThat(probe.role(back, request)).isEqualTo(Role.REPLY);
        assertThat(probe.role(captured(ip(17, OTHER, POD, udp(80, 50_001, hex("00")))), request))
                .isEqualTo(Role.NONE);
        assertThat(probe.role(captured(ip(17, NODE, POD, udp(80, 50_000, hex("00")))), request))
                .isEqualTo(Role.NONE);
    }

    @ParameterizedTest(name = "{0}, from {1}, type {2}: {3}")
    @CsvSource({
        "udp, 100.96.2.3, 0303, REFUSAL",
        "udp, 10.168.0.3, 0303, ERROR",
        "udp, 100.96.2.3, 030d, ERROR",
        "icmp, 100.96.2.3, 0303, ERROR",
        "tcp, 10.168.0.3, 0b00, ERROR",
        "tcp, 10.168.0.3, 0500, NONE"
    })
    void anErrorThatQuotesItIsAnAnswer(String protocol, String from, String type, Role role) {
        Probe probe = probe(protocol);
        byte[] quote = sent(probe);
        byte[] error = ByteBuffer.allocate(8 + quote.length)
                .put(hex(type))
                .putShort((short) 0)
                .putInt(0)
                .put(quote)
                .array();
        byte[] packet = ip(1, Ip.parse(from), POD, error);
        assertThat(role(probe, packet)).isEqualTo(role);
        assertThat(role(new Probe(probe.question(), 50_000, MARK ^ 1), packet)).isEqualTo(Role.NONE);
    }

    /// RFC 1071: the sum over all words, the checksum among them, is -0.
    @ParameterizedTest
    @CsvSource({"icmp", "udp", "tcp"})
    void itsChecksumIsRight(String protocol) {
        Probe probe = probe(protocol);
        byte[] message = probe.bytes();
        ByteBuffer all = ByteBuffer.allocate(12 + message.length);
        if (!protocol.equals("icmp")) {
            all.put(POD.bytes())
                    .put(OTHER.bytes())
                    .putShort((short) probe.question().protocol())
                    .putShort((short) message.length);
        }
        all.put(message).rewind();
        int sum = 0;
        while (all.hasRemaining()) {
            sum += Short.toUnsignedInt(all.getShort());
        }
        assertThat((sum & 0xffff) + (sum >>> 16)).isEqualTo(0xffff);
    }
}

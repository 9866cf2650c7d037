package jflannel.live;

import static java.nio.ByteOrder.BIG_ENDIAN;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.random.RandomGenerator;
import jflannel.capture.CapturedPacket;
import jflannel.capture.CapturedPacket.Layer;
import jflannel.foreign.Packet;
import jflannel.ip.Family;
import jflannel.packet.InternetChecksum;
import jflannel.packet.TransportHeader;
import jflannel.trace.Question;

/// A packet that is recognized wherever it passes, whatever it is wrapped in, and whoever translates its addresses
/// and ports: by random numbers that nobody changes.
///
/// @param question which packet, with the source that it is sent from
/// @param sourcePort of UDP and TCP
/// @param mark what its data start with; of TCP, which has none, the lower half is the sequence number
record Probe(Question question, int sourcePort, long mark) {
    private static final int ECHO_V4 = 8;
    private static final int ECHO_V6 = 128;
    /// As many as ping(8) sends.
    private static final int ECHO_BYTES = 64;

    private static final int UDP_BYTES = 16;
    private static final int UDP_CHECKSUM = 6;
    private static final int ICMP_CHECKSUM = 2;
    private static final int TCP_BYTES = 20;
    private static final int TCP_CHECKSUM = 16;
    private static final int TCP_WINDOW = 64_240;
    /// Of ports that programs get when they ask for any.
    private static final int FIRST_PORT = 49_152;

    private static final int UNREACHABLE_V4 = 3;
    private static final int PORT_UNREACHABLE_V4 = 3;
    private static final int UNREACHABLE_V6 = 1;
    private static final int PORT_UNREACHABLE_V6 = 4;

    static Probe of(Question question, RandomGenerator random) {
        return new Probe(question, random.nextInt(FIRST_PORT, 1 << 16), random.nextLong(1, Long.MAX_VALUE));
    }

    /// The same after rules have translated its addresses.
    Probe as(Question translated) {
        return new Probe(translated, sourcePort, mark);
    }

    /// What a captured packet has to do with it.
    enum Role {
        REQUEST,
        REPLY,
        /// The answer that nobody listens there.
        REFUSAL,
        /// An ICMP error that quotes it.
        ERROR,
        NONE
    }

    /// From the transport header on.
    byte[] bytes() {
        return switch (question.protocol()) {
            case Packet.TCP -> segment();
            case Packet.UDP -> datagram();
            default -> echo();
        };
    }

    private byte[] echo() {
        boolean v4 = question.destination().family() == Family.IPV4;
        byte[] message = ByteBuffer.allocate(ECHO_BYTES)
                .order(BIG_ENDIAN)
                .put((byte) (v4 ? ECHO_V4 : ECHO_V6))
                .put((byte) 0)
                .putShort((short) 0)
                .putShort((short) (mark >>> 16))
                .putShort((short) 1)
                .putLong(mark)
                .array();
        // ICMPv6 counts the addresses, too
        int checksum = v4 ? InternetChecksum.of(message) : checksum(message);
        return with(message, ICMP_CHECKSUM, checksum);
    }

    private byte[] datagram() {
        byte[] datagram = ByteBuffer.allocate(UDP_BYTES)
                .order(BIG_ENDIAN)
                .putShort((short) sourcePort)
                .putShort((short) question.port())
                .putShort((short) UDP_BYTES)
                .putShort((short) 0)
                .putLong(mark)
                .array();
        int checksum = checksum(datagram);
        return with(datagram, UDP_CHECKSUM, checksum == 0 ? 0xffff : checksum);
    }

    private byte[] segment() {
        byte[] segment = ByteBuffer.allocate(TCP_BYTES)
                .order(BIG_ENDIAN)
                .putShort((short) sourcePort)
                .putShort((short) question.port())
                .putInt((int) mark)
                .putInt(0)
                .put((byte) (TCP_BYTES / 4 << 4))
                .put((byte) Layer.Segment.SYN)
                .putShort((short) TCP_WINDOW)
                .putInt(0)
                .array();
        return with(segment, TCP_CHECKSUM, checksum(segment));
    }

    private int checksum(byte[] message) {
        return TransportHeader.checksum(question.source(), question.destination(), question.protocol(), message);
    }

    private static byte[] with(byte[] message, int at, int checksum) {
        message[at] = (byte) (checksum >> 8);
        message[at + 1] = (byte) checksum;
        return message;
    }

    /// @param earlier the request as it was seen on the same device, or null: an answer to UDP is recognized by it
    Role role(CapturedPacket packet, CapturedPacket earlier) {
        List<Layer> layers = packet.layers();
        if (packet.error() != null) {
            return isRequest(layers.getLast()) ? errorRole(packet) : Role.NONE;
        }
        if (earlier != null && isAnswer(packet, earlier)) {
            return Role.REPLY;
        }
        return switch (layers.getLast()) {
            case Layer.Echo echo when echo.reply() && echo.mark() == mark -> Role.REPLY;
            case Layer.Segment tcp when isAnswer(tcp) -> tcp.has(Layer.Segment.RST) ? Role.REFUSAL : Role.REPLY;
            case Layer last when isRequest(last) -> Role.REQUEST;
            default -> Role.NONE;
        };
    }

    private boolean isRequest(Layer layer) {
        return switch (layer) {
            case Layer.Echo echo -> isEcho() && !echo.reply() && echo.mark() == mark;
            case Layer.Datagram udp -> question.protocol() == Packet.UDP && udp.mark() == mark;
            case Layer.Segment tcp ->
                question.protocol() == Packet.TCP
                        && tcp.sequence() == (int) mark
                        && tcp.has(Layer.Segment.SYN)
                        && !tcp.has(Layer.Segment.ACK);
            default -> false;
        };
    }

    private boolean isEcho() {
        return question.protocol() != Packet.TCP && question.protocol() != Packet.UDP;
    }

    private boolean isAnswer(Layer.Segment tcp) {
        return question.protocol() == Packet.TCP
                && tcp.has(Layer.Segment.ACK)
                && tcp.acknowledgment() == (int) mark + 1;
    }

    /// A datagram from where the request went, to where it came from.
    private static boolean isAnswer(CapturedPacket packet, CapturedPacket request) {
        return packet.layers().getLast() instanceof Layer.Datagram back
                && request.layers().getLast() instanceof Layer.Datagram there
                && back.sourcePort() == there.destinationPort()
                && back.destinationPort() == there.sourcePort()
                && packet.innermost().source().equals(request.innermost().destination())
                && packet.innermost().destination().equals(request.innermost().source());
    }

    /// Only the destination itself can know that nobody listens; from elsewhere the same words mean a firewall.
    private Role errorRole(CapturedPacket packet) {
        Layer.Error error = packet.error();
        boolean v4 = question.destination().family() == Family.IPV4;
        boolean port = v4
                ? error.type() == UNREACHABLE_V4 && error.code() == PORT_UNREACHABLE_V4
                : error.type() == UNREACHABLE_V6 && error.code() == PORT_UNREACHABLE_V6;
        boolean itself = packet.innermost().source().equals(question.destination());
        return port && itself && question.protocol() == Packet.UDP ? Role.REFUSAL : Role.ERROR;
    }
}

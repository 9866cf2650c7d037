package jflannel.packet;

/// Finds a transport header as RFC 791 and RFC 8200 describe it, without the code under test.
final class SlowParser {
    private SlowParser() {}

    /// Where it begins in a well-formed packet, or -1 for later fragments and for headers that reach beyond the end.
    public static int transport(byte[] packet) {
        if (packet[0] >> 4 == 4) {
            boolean first = (packet[6] & 0x1f) == 0 && packet[7] == 0;
            return first ? (packet[0] & 15) * 4 : -1;
        }
        return behind(packet, packet[6], 40);
    }

    private static int behind(byte[] packet, int kind, int at) {
        boolean extension = kind == 0 || kind == 43 || kind == 44 || kind == 51 || kind == 60;
        if (!extension) {
            return at <= packet.length ? at : -1;
        }
        if (at + 8 > packet.length) {
            return -1;
        }
        if (kind == 44 && (packet[at + 2] != 0 || (packet[at + 3] & 0xf8) != 0)) {
            return -1;
        }
        int field = packet[at + 1] & 0xff;
        int length = kind == 44 ? 8 : kind == 51 ? 4 * field + 8 : 8 * field + 8;
        return behind(packet, packet[at], at + length);
    }
}

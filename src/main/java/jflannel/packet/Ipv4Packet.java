package jflannel.packet;

import static jflannel.packet.NetworkOrder.u16;
import static jflannel.packet.NetworkOrder.u32;
import static jflannel.packet.NetworkOrder.u8;

import java.lang.foreign.MemorySegment;

/// Fields of an IPv4 packet ([RFC 791](https://www.rfc-editor.org/rfc/rfc791#section-3.1)) that starts `at` bytes
/// into a segment. Only [#isSound] may be asked about bytes that nobody has looked at yet.
final class Ipv4Packet {
    static final int HEADER_BYTES = 20;

    static final int VERSION_AND_HEADER_LENGTH = 0;
    static final int TOTAL_LENGTH = 2;
    static final int IDENTIFICATION = 4;
    static final int FLAGS_AND_OFFSET = 6;
    static final int TIME_TO_LIVE = 8;
    static final int PROTOCOL = 9;
    static final int CHECKSUM = 10;
    static final int SOURCE = 12;
    static final int DESTINATION = 16;

    private static final int DONT_FRAGMENT = 0x4000;
    private static final int FRAGMENT_OFFSET_MASK = 0x1fff;

    private Ipv4Packet() {}

    /// True if the `length` bytes are one whole packet: its version is 4, its header complete, and the length in
    /// the header is the true one. The header checksum is the kernel's business, on both ends.
    static boolean isSound(MemorySegment packet, long at, long length) {
        return length >= HEADER_BYTES
                && u8(packet, at) >>> 4 == 4
                && headerLength(packet, at) >= HEADER_BYTES
                && headerLength(packet, at) <= length
                && u16(packet, at + TOTAL_LENGTH) == length;
    }

    /// Header length with options, in bytes.
    static int headerLength(MemorySegment packet, long at) {
        return (u8(packet, at + VERSION_AND_HEADER_LENGTH) & 0x0f) * 4;
    }

    static int protocol(MemorySegment packet, long at) {
        return u8(packet, at + PROTOCOL);
    }

    static long source(MemorySegment packet, long at) {
        return u32(packet, at + SOURCE);
    }

    static long destination(MemorySegment packet, long at) {
        return u32(packet, at + DESTINATION);
    }

    /// True for every fragment but the first: it has no transport header.
    static boolean isLaterFragment(MemorySegment packet, long at) {
        return (u16(packet, at + FLAGS_AND_OFFSET) & FRAGMENT_OFFSET_MASK) != 0;
    }

    /// True without options and for no fragment.
    static boolean isPlain(MemorySegment packet, long at) {
        return u8(packet, at) == 0x45 && (u16(packet, at + FLAGS_AND_OFFSET) & ~DONT_FRAGMENT) == 0;
    }

    /// True for 224.0.0.0/4 and the limited broadcast address.
    static boolean isForMany(MemorySegment packet, long at) {
        long destination = destination(packet, at);
        return destination >>> 28 == 0xe || destination == 0xffffffffL;
    }

    /// Makes the header checksum right.
    static void seal(MemorySegment packet, long at) {
        u16(packet, at + CHECKSUM, 0);
        u16(packet, at + CHECKSUM, InternetChecksum.finish(InternetChecksum.sum(packet, at, headerLength(packet, at))));
    }

    /// Lowers the time to live by one and repairs the header checksum.
    ///
    /// @return false if the packet has reached the end of its life (time to live 0 or 1); it is left as it is
    static boolean decrementTimeToLive(MemorySegment packet, long at) {
        int oldWord = u16(packet, at + TIME_TO_LIVE); // time to live and protocol share a checksummed word
        if (oldWord < 0x0200) {
            return false;
        }
        int newWord = oldWord - 0x0100;
        u16(packet, at + TIME_TO_LIVE, newWord);
        u16(packet, at + CHECKSUM, InternetChecksum.update(u16(packet, at + CHECKSUM), oldWord, newWord));
        return true;
    }
}

package jflannel.packet;

import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/// `struct virtio_net_hdr` of linux/virtio_net.h: what stands in front of every packet of a TUN device with
/// `IFF_VNET_HDR`. All numbers are in host order.
///
/// It says what is still to be done to the packet: to sum it up, or to cut it into several. Its field `hdr_len` is
/// not used here: it is a hint, which the kernel sets to the length of the first buffer, not of the headers.
public final class VirtioHeader {
    public static final int BYTES = 10;

    /// No segmentation: one packet.
    public static final int GSO_NONE = 0;
    /// TCP over IPv4 to be cut.
    public static final int GSO_TCPV4 = 1;
    /// TCP over IPv6 to be cut.
    static final int GSO_TCPV6 = 4;
    /// UDP datagrams over either family to be cut, each with the UDP header.
    static final int GSO_UDP_L4 = 5;

    private static final int FLAGS = 0;
    private static final int GSO_TYPE = 1;
    private static final int HEADER_LENGTH = 2;
    private static final int GSO_SIZE = 4;
    private static final int CHECKSUM_START = 6;
    private static final int CHECKSUM_OFFSET = 8;

    private static final int NEEDS_CHECKSUM = 1;
    private static final int GSO_ECN = 0x80; // a flag: the first packet alone has TCP's CWR

    private VirtioHeader() {}

    /// True if the transport checksum has only been begun: its field holds the sum of the pseudo-header.
    public static boolean needsChecksum(MemorySegment from, long at) {
        return (NetworkOrder.u8(from, at + FLAGS) & NEEDS_CHECKSUM) != 0;
    }

    /// One of the `GSO_…` constants, or a number that this program does not know.
    public static int gsoType(MemorySegment from, long at) {
        return NetworkOrder.u8(from, at + GSO_TYPE) & ~GSO_ECN;
    }

    /// Payload of each packet behind the transport header, in bytes; the last packet may have less.
    static int gsoSize(MemorySegment from, long at) {
        return u16(from, at + GSO_SIZE);
    }

    /// Where summing begins, in bytes from the start of the packet.
    public static int checksumStart(MemorySegment from, long at) {
        return u16(from, at + CHECKSUM_START);
    }

    /// Where the sum goes, in bytes from where summing begins.
    public static int checksumOffset(MemorySegment from, long at) {
        return u16(from, at + CHECKSUM_OFFSET);
    }

    /// Writes the header of a packet that the kernel may cut, and whose transport checksum it is to complete.
    ///
    /// @param headerBytes all headers up to the payload
    static void write(
            MemorySegment to,
            long at,
            int gsoType,
            int headerBytes,
            int gsoSize,
            int checksumStart,
            int checksumOffset) {
        NetworkOrder.u8(to, at + FLAGS, NEEDS_CHECKSUM);
        NetworkOrder.u8(to, at + GSO_TYPE, gsoType);
        u16(to, at + HEADER_LENGTH, headerBytes);
        u16(to, at + GSO_SIZE, gsoSize);
        u16(to, at + CHECKSUM_START, checksumStart);
        u16(to, at + CHECKSUM_OFFSET, checksumOffset);
    }

    private static int u16(MemorySegment from, long at) {
        return Short.toUnsignedInt(from.get(JAVA_SHORT_UNALIGNED, at));
    }

    private static void u16(MemorySegment to, long at, int value) {
        to.set(JAVA_SHORT_UNALIGNED, at, (short) value);
    }
}

package jflannel.dataplane;

import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.packet.NetworkOrder;

/// `struct sockaddr_in` ([ip(7)](https://man7.org/linux/man-pages/man7/ip.7.html)) and `struct sockaddr_in6`
/// ([ipv6(7)](https://man7.org/linux/man-pages/man7/ipv6.7.html)): family in host order, the rest in network order.
public final class SocketAddress {
    /// Room for an address of either family.
    static final int MAX_BYTES = 28;

    private static final int FAMILY = 0;
    private static final int PORT = 2;
    private static final int ADDRESS_V4 = 4;
    private static final int ADDRESS_V6 = 8; // behind the flow label
    private static final int BYTES_V4 = 16;
    private static final int BYTES_V6 = 28;

    private SocketAddress() {}

    /// The size of one.
    public static int bytes(Family family) {
        return family == Family.IPV4 ? BYTES_V4 : BYTES_V6;
    }

    /// @param port in host order
    public static MemorySegment of(Arena arena, Ip address, int port) {
        MemorySegment room = arena.allocate(bytes(address.family()), 4);
        write(room, 0, address, port);
        return room;
    }

    /// Writes to zeroed room; flow label and scope stay 0.
    static void write(MemorySegment to, long at, Ip address, int port) {
        Family family = address.family();
        to.set(JAVA_SHORT_UNALIGNED, at + FAMILY, (short) family.af());
        NetworkOrder.u16(to, at + PORT, port);
        byte[] bytes = address.bytes();
        long field = at + (family == Family.IPV4 ? ADDRESS_V4 : ADDRESS_V6);
        MemorySegment.copy(MemorySegment.ofArray(bytes), 0, to, field, bytes.length);
    }

    /// Points an address made by [#of] at the address in a packet's header, without allocating.
    ///
    /// @param at offset in `packet` of the 4 or 16 bytes in network order
    static void redirect(MemorySegment to, Family family, MemorySegment packet, long at) {
        long field = family == Family.IPV4 ? ADDRESS_V4 : ADDRESS_V6;
        MemorySegment.copy(packet, at, to, field, family.bytes());
    }

    /// Where the 4 or 16 bytes of the host's address stand, in network order.
    static long host(Family family) {
        return family == Family.IPV4 ? ADDRESS_V4 : ADDRESS_V6;
    }
}

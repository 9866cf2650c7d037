package jflannel.ip;

import java.nio.ByteBuffer;

/// An IP address of either family. Never resolves names.
///
/// @param high the upper 64 bits of an IPv6 address, most significant bit first; 0 for IPv4
/// @param low the lower 64 bits of an IPv6 address, or an IPv4 address in the lower 32 bits
public record Ip(Family family, long high, long low) implements Comparable<Ip> {
    public static final Ip ANY_V4 = new Ip(Family.IPV4, 0, 0);
    public static final Ip ANY_V6 = new Ip(Family.IPV6, 0, 0);

    public Ip {
        if (family == Family.IPV4 && (high != 0 || low >>> 32 != 0)) {
            throw new IllegalArgumentException("more than 32 bits for an IPv4 address");
        }
    }

    /// The address of all zero bits.
    public static Ip any(Family family) {
        return family == Family.IPV4 ? ANY_V4 : ANY_V6;
    }

    /// @param text dotted decimal without leading zeros, or any RFC 4291 form without a zone
    /// @throws IllegalArgumentException if `text` is not an address
    public static Ip parse(String text) {
        return IpText.parse(text);
    }

    /// @param bytes 4 or 16 bytes in network order
    /// @throws IllegalArgumentException on any other length
    public static Ip of(byte[] bytes) {
        return switch (bytes.length) {
            case 4 -> new Ip(Family.IPV4, 0, ByteBuffer.wrap(bytes).getInt() & 0xffffffffL);
            case 16 ->
                new Ip(
                        Family.IPV6,
                        ByteBuffer.wrap(bytes).getLong(),
                        ByteBuffer.wrap(bytes).getLong(8));
            default -> throw new IllegalArgumentException("an address has 4 or 16 bytes, not " + bytes.length);
        };
    }

    /// The address in network order, 4 or 16 bytes.
    public byte[] bytes() {
        return family == Family.IPV4
                ? ByteBuffer.allocate(4).putInt((int) low).array()
                : ByteBuffer.allocate(16).putLong(high).putLong(low).array();
    }

    /// The address `count` above this one, wrapping at the end of the family's range.
    public Ip plus(long count) {
        if (family == Family.IPV4) {
            return new Ip(family, 0, (low + count) & 0xffffffffL);
        }
        long sum = low + count;
        long carry = Long.compareUnsigned(sum, low) < 0 ? 1 : 0;
        return new Ip(family, high + carry, sum);
    }

    /// The address before this one; before the first comes the last.
    public Ip previous() {
        return family == Family.IPV4 ? plus(-1) : new Ip(family, low == 0 ? high - 1 : high, low - 1);
    }

    /// True for 0.0.0.0 and ::.
    public boolean isAny() {
        return high == 0 && low == 0;
    }

    /// True for 127.0.0.0/8 and ::1.
    public boolean isLoopback() {
        return family == Family.IPV4 ? low >>> 24 == 127 : high == 0 && low == 1;
    }

    /// True for 224.0.0.0/4 and ff00::/8.
    public boolean isMulticast() {
        return family == Family.IPV4 ? low >>> 28 == 0xe : high >>> 56 == 0xff;
    }

    /// True for 169.254.0.0/16 and fe80::/10.
    public boolean isLinkLocal() {
        return family == Family.IPV4 ? low >>> 16 == 0xa9fe : high >>> 54 == 0x3fa;
    }

    // By hand, here and in Cidr and Mac: these are what tables of thousands of peers compare and hash most, and
    // what Java generates for a record takes it milliseconds to make at a start, and twice as long at each call.
    @Override
    public boolean equals(Object other) {
        return other instanceof Ip ip && low == ip.low && high == ip.high && family == ip.family;
    }

    @Override
    public int hashCode() {
        // the lowest bits of networks are all zero: the product spreads the others
        return (int) ((31 * high + low) * 0x9e3779b97f4a7c15L >>> 32) + family.ordinal();
    }

    /// Numeric order; IPv4 before IPv6.
    @Override
    public int compareTo(Ip other) {
        int order = family.compareTo(other.family);
        if (order == 0) {
            order = Long.compareUnsigned(high, other.high);
        }
        return order != 0 ? order : Long.compareUnsigned(low, other.low);
    }

    /// Dotted decimal, or the canonical IPv6 form of RFC 5952.
    @Override
    public String toString() {
        return IpText.format(this);
    }
}

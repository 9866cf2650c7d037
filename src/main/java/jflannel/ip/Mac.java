package jflannel.ip;

import java.util.random.RandomGenerator;

/// A 48-bit Ethernet address.
///
/// @param bits the address in the lower 48 bits, first octet most significant
public record Mac(long bits) implements Comparable<Mac> {
    private static final int TEXT_LENGTH = "82:4b:b6:2f:54:4e".length();

    public Mac {
        if (bits >>> 48 != 0) {
            throw new IllegalArgumentException("more than 48 bits for an Ethernet address");
        }
    }

    /// @param text six octets of two hexadecimal digits, separated by colons
    /// @throws IllegalArgumentException if `text` is anything else
    public static Mac parse(String text) {
        long bits = 0;
        boolean good = text.length() == TEXT_LENGTH;
        for (int i = 0; good && i < TEXT_LENGTH; i++) { // no pattern: each peer has an address or two
            char c = text.charAt(i);
            if (i % 3 == 2) {
                good = c == ':';
            } else {
                int digit = c < 0x80 ? Character.digit(c, 16) : -1;
                good = digit >= 0;
                bits = bits << 4 | digit;
            }
        }
        if (!good) {
            throw new IllegalArgumentException("\"" + text + "\" is not an Ethernet address such as 82:4b:b6:2f:54:4e");
        }
        return new Mac(bits);
    }

    /// @throws IllegalArgumentException unless there are six bytes
    public static Mac of(byte[] bytes) {
        if (bytes.length != 6) {
            throw new IllegalArgumentException("an Ethernet address has 6 bytes, not " + bytes.length);
        }
        long bits = 0;
        for (byte b : bytes) {
            bits = bits << 8 | b & 0xff;
        }
        return new Mac(bits);
    }

    /// A unicast, locally administered address made of 46 random bits (IEEE 802, section 8).
    public static Mac random(RandomGenerator random) {
        return new Mac(random.nextLong() >>> 16 & ~(1L << 40) | 1L << 41);
    }

    /// The six octets in transmission order.
    public byte[] bytes() {
        byte[] bytes = new byte[6];
        for (int i = 0; i < 6; i++) {
            bytes[i] = (byte) (bits >>> (40 - 8 * i));
        }
        return bytes;
    }

    /// True for a group address, which cannot belong to a single device.
    public boolean isMulticast() {
        return (bits >>> 40 & 1) != 0;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Mac mac && bits == mac.bits;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(bits);
    }

    @Override
    public int compareTo(Mac other) {
        return Long.compare(bits, other.bits);
    }

    /// Lower-case octets separated by colons.
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(17);
        for (byte b : bytes()) {
            text.append(text.isEmpty() ? "" : ":").append("%02x".formatted(b));
        }
        return text.toString();
    }
}

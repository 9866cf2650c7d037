package jflannel.kernel;

import java.nio.ByteBuffer;
import java.util.Base64;

/// A public key of WireGuard's, by which a peer is known: a point of Curve25519 (RFC 7748), written in base64.
///
/// @param a the first eight of its 32 bytes, and so on
public record WireguardKey(long a, long b, long c, long d) {
    /// In bytes.
    public static final int LENGTH = 32;

    /// @throws IllegalArgumentException unless there are 32 bytes
    public static WireguardKey of(byte[] bytes) {
        if (bytes.length != LENGTH) {
            throw new IllegalArgumentException("a key has 32 bytes, not " + bytes.length);
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        return new WireguardKey(in.getLong(), in.getLong(), in.getLong(), in.getLong());
    }

    /// @param base64 as `wg` shows it
    /// @throws IllegalArgumentException if it is no key, or one that no private key belongs to
    public static WireguardKey parse(String base64) {
        WireguardKey key;
        try {
            key = of(Base64.getDecoder().decode(base64));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("it is not 32 bytes in base64", e);
        }
        if (key.equals(new WireguardKey(0, 0, 0, 0))) {
            throw new IllegalArgumentException("it has no bit set");
        }
        return key;
    }

    public byte[] bytes() {
        return ByteBuffer.allocate(LENGTH)
                .putLong(a)
                .putLong(b)
                .putLong(c)
                .putLong(d)
                .array();
    }

    // by hand: tables of many peers are looked up by it
    @Override
    public boolean equals(Object other) {
        return other instanceof WireguardKey key && a == key.a && b == key.b && c == key.c && d == key.d;
    }

    @Override
    public int hashCode() {
        return (int) (a >>> 32 ^ b); // the bits of a key are as good as random
    }

    /// Base64.
    @Override
    public String toString() {
        return Base64.getEncoder().encodeToString(bytes());
    }
}

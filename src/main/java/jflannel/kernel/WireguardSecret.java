package jflannel.kernel;

import java.security.MessageDigest;
import java.util.Base64;

/// A key of WireGuard's that nobody may see: a private or a preshared one. It reaches the kernel and a file of root's,
/// and no log.
public final class WireguardSecret {
    /// What the kernel calls no preshared key.
    public static final WireguardSecret NONE = new WireguardSecret(new byte[WireguardKey.LENGTH]);

    private final byte[] bytes;

    private WireguardSecret(byte[] bytes) {
        this.bytes = bytes;
    }

    /// @throws IllegalArgumentException unless there are 32 bytes
    public static WireguardSecret of(byte[] bytes) {
        if (bytes.length != WireguardKey.LENGTH) {
            throw new IllegalArgumentException("a key has 32 bytes, not " + bytes.length);
        }
        return new WireguardSecret(bytes.clone());
    }

    /// @throws IllegalArgumentException unless it is 32 bytes in base64; the message does not repeat it
    public static WireguardSecret parse(String base64) {
        try {
            return of(Base64.getDecoder().decode(base64));
        } catch (IllegalArgumentException e) { // whose message quotes a character
            throw new IllegalArgumentException("it is not 32 bytes in base64");
        }
    }

    public byte[] bytes() {
        return bytes.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof WireguardSecret secret && MessageDigest.isEqual(bytes, secret.bytes);
    }

    @Override
    public int hashCode() {
        return 0; // whatever depended on it might end up in a log
    }

    @Override
    public String toString() {
        return "(hidden)";
    }
}

package jflannel.lab.cloud;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// What signatures are made of, from Java's own cryptography, so that none of the vendors' code judges itself.
final class Hmac {
    private Hmac() {}

    static byte[] sha256(byte[] key, String text) {
        return of("HmacSHA256", key, text);
    }

    static byte[] sha1(byte[] key, String text) {
        return of("HmacSHA1", key, text);
    }

    private static byte[] of(String algorithm, byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance(algorithm);
            mac.init(new SecretKeySpec(key, algorithm));
            return mac.doFinal(text.getBytes(UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /// The hash SHA-256, in hexadecimal.
    static String hash(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}

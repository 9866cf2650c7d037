package jflannel.backend;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.SecureRandom;
import java.security.spec.NamedParameterSpec;
import java.security.spec.XECPrivateKeySpec;
import java.security.spec.XECPublicKeySpec;
import java.util.Base64;
import javax.crypto.KeyAgreement;
import jflannel.kernel.WireguardKey;
import jflannel.kernel.WireguardSecret;

/// The keys by which other nodes know this one's WireGuard devices.
public record WireguardIdentity(WireguardSecret secret, WireguardKey publicKey) {
    /// Of one who only looks at what a backend would do.
    public static final WireguardIdentity UNKNOWN =
            new WireguardIdentity(WireguardSecret.NONE, new WireguardKey(0, 0, 0, 0));

    private static final String CURVE = "X25519";
    /// The curve's base point, by its first coordinate: RFC 7748.
    private static final BigInteger BASE = BigInteger.valueOf(9);

    /// A new one.
    public static WireguardIdentity random() {
        byte[] bytes = new byte[WireguardKey.LENGTH];
        new SecureRandom().nextBytes(bytes);
        return of(WireguardSecret.of(clamped(bytes)));
    }

    /// The bits that a private key of the curve has in common with all others: RFC 7748, section 5.
    private static byte[] clamped(byte[] key) {
        key[0] &= (byte) 0xf8;
        key[31] = (byte) (key[31] & 0x7f | 0x40);
        return key;
    }

    public static WireguardIdentity of(WireguardSecret secret) {
        try {
            KeyFactory keys = KeyFactory.getInstance(CURVE);
            KeyAgreement agreement = KeyAgreement.getInstance(CURVE);
            agreement.init(keys.generatePrivate(new XECPrivateKeySpec(NamedParameterSpec.X25519, secret.bytes())));
            agreement.doPhase(keys.generatePublic(new XECPublicKeySpec(NamedParameterSpec.X25519, BASE)), true);
            return new WireguardIdentity(secret, WireguardKey.of(agreement.generateSecret()));
        } catch (GeneralSecurityException e) {
            throw new AssertionError("every Java has X25519", e);
        }
    }

    /// The content of a file that holds the private key, as Go flannel writes it.
    String fileText() {
        return Base64.getEncoder().encodeToString(secret.bytes());
    }
}

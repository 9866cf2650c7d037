package jflannel.live;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// The secret that nodes share, with which they prove to each other that a message is from one of them: by
/// HMAC-SHA256, [RFC 2104](https://www.rfc-editor.org/rfc/rfc2104). Never printed.
public final class TraceKey {
    static final int MAC_BYTES = 32;

    private static final String ALGORITHM = "HmacSHA256";
    private static final int LEAST_BYTES = 32;
    private static final int MOST_BYTES = 4096;
    private static final Set<PosixFilePermission> OWNERS = EnumSet.of(
            PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_EXECUTE);

    private final SecretKeySpec key;

    TraceKey(byte[] bytes) {
        this.key = new SecretKeySpec(bytes, ALGORITHM);
    }

    /// @throws IOException if the file cannot be read, is open to others, or is too short to be a secret
    public static TraceKey read(Path file) throws IOException {
        if (!OWNERS.containsAll(Files.getPosixFilePermissions(file))) {
            throw new IOException(file + " can be read by others: chmod 600 " + file);
        }
        byte[] bytes;
        try (var in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MOST_BYTES);
        }
        int length = bytes.length;
        while (length > 0 && (bytes[length - 1] == '\n' || bytes[length - 1] == '\r')) {
            length--;
        }
        if (length < LEAST_BYTES) {
            throw new IOException("%s holds %d bytes; a key has at least %d: openssl rand -hex 32"
                    .formatted(file, length, LEAST_BYTES));
        }
        return new TraceKey(Arrays.copyOf(bytes, length));
    }

    /// The code that proves the first `length` bytes of a message.
    byte[] code(byte[] message, int length) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            mac.update(message, 0, length);
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + ALGORITHM, e);
        }
    }

    /// True if the message ends with the code of what is before it. Takes as long for any wrong code.
    boolean proves(byte[] message, int length) {
        int end = length - MAC_BYTES;
        return end >= 0 && MessageDigest.isEqual(code(message, end), Arrays.copyOfRange(message, end, length));
    }
}

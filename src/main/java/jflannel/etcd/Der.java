package jflannel.etcd;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/// The small part of DER (X.690) that is needed to wrap a private key.
final class Der {
    private static final int INTEGER = 0x02;
    private static final int OCTET_STRING = 0x04;
    private static final int SEQUENCE = 0x30;

    private Der() {}

    /// A PKCS #8 PrivateKeyInfo (RFC 5958): version 0, the algorithm, and the algorithm's own form of the key.
    static byte[] privateKeyInfo(byte[] algorithm, byte[] key) {
        return element(SEQUENCE, element(INTEGER, new byte[] {0}), algorithm, element(OCTET_STRING, key));
    }

    /// The first element inside the outermost one, with its header; in a SubjectPublicKeyInfo, the algorithm.
    static byte[] firstElementOf(byte[] outer) {
        int from = contentOffset(outer, 0);
        return Arrays.copyOfRange(outer, from, contentOffset(outer, from) + contentLength(outer, from));
    }

    private static int contentOffset(byte[] der, int at) {
        int first = der[at + 1] & 0xff;
        return at + 2 + (first < 0x80 ? 0 : first & 0x7f);
    }

    private static int contentLength(byte[] der, int at) {
        int length = der[at + 1] & 0xff;
        if (length >= 0x80) { // long form: this many bytes of length follow
            length = 0;
            for (int i = at + 2; i < contentOffset(der, at); i++) {
                length = length << 8 | der[i] & 0xff;
            }
        }
        return length;
    }

    private static byte[] element(int tag, byte[]... parts) {
        int length = Arrays.stream(parts).mapToInt(part -> part.length).sum();
        ByteArrayOutputStream out = new ByteArrayOutputStream(length + 6);
        out.write(tag);
        if (length < 0x80) {
            out.write(length);
        } else { // two bytes of length: keys are smaller than 64 KiB
            out.write(0x82);
            out.write(length >> 8);
            out.write(length);
        }
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}

package jflannel.ipsec;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import jflannel.ip.Ip;

/// A node's certificate, its key and the authority, as texts in PEM, checked for what would otherwise fail at the peer.
record KeyFiles(String certificate, String key, String authority) {
    private static final int IP_ADDRESS = 7; // GeneralName in a subjectAltName, RFC 5280
    private static final int LONGEST = 60_000; // a text of VICI has fewer than 65536 bytes

    /// @param names by which peers know this node: the certificate must name one of them
    /// @throws IOException with what is wrong with which file
    static KeyFiles read(Credentials.Certificate files, Collection<Ip> names) throws IOException {
        KeyFiles read = unchecked(files);
        X509Certificate own = parse(files.certificate(), read.certificate);
        X509Certificate authority = parse(files.authority(), read.authority);
        try {
            own.checkValidity();
        } catch (GeneralSecurityException e) {
            throw new IOException("%s is not valid now: it is for the time from %s to %s"
                    .formatted(
                            files.certificate(),
                            own.getNotBefore().toInstant(),
                            own.getNotAfter().toInstant()));
        }
        if (!isSignedBy(own, authority)) {
            throw new IOException("%s was not signed by %s".formatted(files.certificate(), files.authority()));
        }
        List<String> named = addresses(files.certificate(), own);
        for (Ip name : names) {
            if (!named.contains(name.toString())) {
                throw new IOException(
                        "%s does not name this node's address %s (subjectAltName = IP:%s), by which peers know it"
                                .formatted(files.certificate(), name, name));
            }
        }
        if (!belongTogether(own, files.key(), read.key)) {
            throw new IOException("%s is not the key of %s".formatted(files.key(), files.certificate()));
        }
        return read;
    }

    /// What the files say, as it is.
    ///
    /// @throws IOException if one cannot be read, or others may read the key
    static KeyFiles unchecked(Credentials.Certificate files) throws IOException {
        requirePrivate(files.key());
        return new KeyFiles(text(files.certificate()), text(files.key()), text(files.authority()));
    }

    /// Tells these files from others, without the key.
    String fingerprint() {
        return Integer.toHexString(Objects.hash(certificate, authority));
    }

    private static void requirePrivate(Path key) throws IOException {
        try {
            String permissions = PosixFilePermissions.toString(Files.getPosixFilePermissions(key));
            if (!permissions.endsWith("------")) {
                throw new IOException("others than root may use %s (%s): chmod 0600".formatted(key, permissions));
            }
        } catch (NoSuchFileException e) {
            throw new IOException("there is no file " + key, e);
        }
    }

    private static String text(Path file) throws IOException {
        try {
            if (Files.size(file) > LONGEST) {
                throw new IOException("%s is too long for a key or a certificate".formatted(file));
            }
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            throw new IOException("there is no file " + file, e);
        }
    }

    private static X509Certificate parse(Path file, String text) throws IOException {
        try {
            return (X509Certificate) CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1)));
        } catch (GeneralSecurityException e) {
            throw new IOException(file + " is not a certificate in PEM", e);
        }
    }

    private static boolean isSignedBy(X509Certificate own, X509Certificate authority) {
        try {
            own.verify(authority.getPublicKey());
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static List<String> addresses(Path file, X509Certificate certificate) throws IOException {
        try {
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            return names == null
                    ? List.of()
                    : names.stream()
                            .filter(name -> Objects.equals(name.getFirst(), IP_ADDRESS))
                            .map(name -> Ip.parse((String) name.get(1)).toString())
                            .toList();
        } catch (CertificateParsingException | IllegalArgumentException e) {
            throw new IOException(file + " has names that cannot be read", e);
        }
    }

    /// Signs something with one, and checks that with the other.
    private static boolean belongTogether(X509Certificate certificate, Path file, String pem) throws IOException {
        String algorithm = certificate.getPublicKey().getAlgorithm();
        String signature = switch (algorithm) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> algorithm; // EdDSA
        };
        try {
            PrivateKey key = KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der(pem)));
            Signature made = Signature.getInstance(signature);
            made.initSign(key);
            made.update((byte) 1);
            byte[] bytes = made.sign();
            made.initVerify(certificate.getPublicKey());
            made.update((byte) 1);
            return made.verify(bytes);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            // not with its reason, which may quote the key
            throw new IOException("%s is not a %s key in PKCS #8, as: openssl pkcs8 -topk8 -nocrypt makes it"
                    .formatted(file, algorithm));
        }
    }

    private static byte[] der(String pem) {
        String begin = "-----BEGIN PRIVATE KEY-----";
        int start = pem.indexOf(begin);
        int end = pem.indexOf("-----END PRIVATE KEY-----");
        if (start < 0 || end < start) {
            throw new IllegalArgumentException("no PKCS #8");
        }
        return Base64.getMimeDecoder().decode(pem.substring(start + begin.length(), end));
    }

    /// Without the key.
    @Override
    public String toString() {
        return "a certificate and its key";
    }
}

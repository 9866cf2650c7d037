package jflannel.etcd;

import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslProvider;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManagerFactory;
import jflannel.lease.CredentialsException;
import jflannel.lease.FileFault;

/// Reads certificates and keys in the formats of openssl, cfssl and etcd's guides, and sets up TLS with them.
final class TlsFiles {
    private static final Pattern PEM_KEY = Pattern.compile(
            "-----BEGIN ((?:RSA |EC |ENCRYPTED )?PRIVATE KEY)-----([^-]+)-----END \\1-----", Pattern.DOTALL);
    private static final char[] NO_PASSWORD = {};

    private TlsFiles() {}

    /// TLS 1.2 or newer with the CA and the client certificate of the settings. Either may be missing.
    ///
    /// @throws CredentialsException if a file cannot be read, or the key does not match the certificate
    static SslContext context(EtcdSettings settings) {
        try {
            SslContextBuilder tls = GrpcSslContexts.configure(SslContextBuilder.forClient(), SslProvider.JDK)
                    .protocols("TLSv1.3", "TLSv1.2");
            if (settings.caFile().isPresent()) {
                tls.trustManager(authorities(settings.caFile().get()));
            }
            if (settings.certFile().isPresent()) {
                tls.keyManager(
                        identity(settings.certFile().get(), settings.keyFile().orElseThrow()));
            }
            return tls.build();
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("this Java runtime has no usable TLS: " + e.getMessage(), e);
        }
    }

    private static TrustManagerFactory authorities(Path caFile) throws GeneralSecurityException, IOException {
        KeyStore store = emptyStore();
        for (X509Certificate certificate : certificates("--etcd-cafile", caFile)) {
            store.setCertificateEntry("authority-" + store.size(), certificate);
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        return trust;
    }

    private static KeyManagerFactory identity(Path certFile, Path keyFile)
            throws GeneralSecurityException, IOException {
        List<X509Certificate> chain = certificates("--etcd-certfile", certFile);
        PrivateKey key = privateKey(keyFile, chain.getFirst());
        if (!belongTogether(key, chain.getFirst())) {
            throw new CredentialsException(
                    "--etcd-keyfile", keyFile, "It does not match the certificate " + certFile + ".");
        }
        KeyStore store = emptyStore();
        store.setKeyEntry("client", key, NO_PASSWORD, chain.toArray(X509Certificate[]::new));
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, NO_PASSWORD);
        return keys;
    }

    private static List<X509Certificate> certificates(String flag, Path file) throws CertificateException {
        byte[] pem = read(flag, file);
        List<X509Certificate> certificates;
        try {
            certificates =
                    CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(pem)).stream()
                            .map(X509Certificate.class::cast)
                            .toList();
        } catch (CertificateException e) {
            throw new CredentialsException(flag, file, "It contains no readable certificate.");
        }
        if (certificates.isEmpty()) {
            throw new CredentialsException(flag, file, "Give a PEM file that begins with -----BEGIN CERTIFICATE-----.");
        }
        return certificates;
    }

    /// Reads PKCS #8, and the older PKCS #1 (RSA) and SEC 1 (EC), which are the inner part of PKCS #8. They lack
    /// the algorithm's name, which is taken from the certificate (RFC 5958, RFC 5280 section 4.1).
    private static PrivateKey privateKey(Path file, X509Certificate certificate) {
        String pem = new String(read("--etcd-keyfile", file), StandardCharsets.ISO_8859_1);
        Matcher key = PEM_KEY.matcher(pem);
        if (!key.find()) {
            throw new CredentialsException(
                    "--etcd-keyfile",
                    file,
                    "Give a PEM file with a -----BEGIN PRIVATE KEY----- and without a password.");
        }
        if (key.group(1).startsWith("ENCRYPTED") || key.group(2).contains("ENCRYPTED")) {
            throw new CredentialsException(
                    "--etcd-keyfile",
                    file,
                    "It is encrypted, and flanneld cannot ask for a password. Do: openssl pkey -in FILE -out NEW.");
        }
        try {
            byte[] der = Base64.getMimeDecoder().decode(key.group(2));
            if (!key.group(1).equals("PRIVATE KEY")) {
                der = Der.privateKeyInfo(
                        Der.firstElementOf(certificate.getPublicKey().getEncoded()), der);
            }
            return KeyFactory.getInstance(certificate.getPublicKey().getAlgorithm())
                    .generatePrivate(new PKCS8EncodedKeySpec(der));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            // the cause may quote the key
            throw new CredentialsException(
                    "--etcd-keyfile",
                    file,
                    "It contains no readable %s key, which the certificate needs."
                            .formatted(certificate.getPublicKey().getAlgorithm()));
        }
    }

    private static boolean belongTogether(PrivateKey key, X509Certificate certificate) throws GeneralSecurityException {
        String algorithm = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> key.getAlgorithm();
        };
        Signature signature = Signature.getInstance(algorithm);
        byte[] probe = "probe".getBytes(StandardCharsets.US_ASCII);
        signature.initSign(key);
        signature.update(probe);
        byte[] signed = signature.sign();
        signature.initVerify(certificate.getPublicKey());
        signature.update(probe);
        try {
            return signature.verify(signed);
        } catch (GeneralSecurityException e) { // another length or curve
            return false;
        }
    }

    private static byte[] read(String flag, Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new CredentialsException(flag, file, "It cannot be read: " + FileFault.words(e) + ".");
        }
    }

    private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, NO_PASSWORD);
        return store;
    }
}

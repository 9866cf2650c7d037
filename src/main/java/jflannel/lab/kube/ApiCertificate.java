package jflannel.lab.kube;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import jflannel.linux.Command;

/// A key and a certificate for a stand-in's API server, of the kind that kubeadm makes: RSA, 2048 bits. It is its own
/// authority.
///
/// @param keys as PKCS12
/// @param pem the certificate, for those who trust it
public record ApiCertificate(Path keys, String pem) {
    private static final String PASSWORD = "changeit"; // of a file that lives as long as the lab

    /// @param keys the file to make
    /// @param address of the server
    public static ApiCertificate make(Path keys, String address) throws IOException {
        Files.deleteIfExists(keys);
        keytool(
                "-genkeypair",
                keys,
                "-keyalg",
                "RSA",
                "-keysize",
                "2048",
                "-dname",
                "CN=api",
                "-ext",
                "SAN=ip:" + address);
        return new ApiCertificate(keys, keytool("-exportcert", keys, "-rfc"));
    }

    /// A runtime without the program has the class.
    private static String keytool(String what, Path keys, String... more) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--module",
                "java.base/sun.security.tools.keytool.Main",
                what,
                "-alias",
                "api",
                "-keystore",
                keys.toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD));
        command.addAll(List.of(more));
        return Command.run(command.toArray(String[]::new));
    }

    /// For the server.
    public SSLContext context() throws IOException {
        try (InputStream in = Files.newInputStream(keys)) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(in, PASSWORD.toCharArray());
            KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            managers.init(store, PASSWORD.toCharArray());
            SSLContext tls = SSLContext.getInstance("TLS");
            tls.init(managers.getKeyManagers(), null, null);
            return tls;
        } catch (GeneralSecurityException e) {
            throw new IOException("the API server's key cannot be used", e);
        }
    }
}

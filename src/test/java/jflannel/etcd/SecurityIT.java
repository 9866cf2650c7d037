package jflannel.etcd;

import static jflannel.etcd.Nodes.announcement;
import static jflannel.etcd.Nodes.etcdctl;
import static jflannel.etcd.Nodes.eventually;
import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import jflannel.lease.ConfigException;
import jflannel.lease.CredentialsException;
import jflannel.lease.Lease;
import jflannel.status.Board;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(OwnNetns.class)
class SecurityIT {
    private static final String URL = "https://127.0.0.1:2379";
    private static final String CONFIG = "{\"Network\":\"10.5.0.0/16\"}";

    @TempDir
    Path directory;

    @Test
    void trustsTheAuthorityOfTheCaFileWithoutAClientCertificate() throws Exception {
        makeCertificates("rsa:2048");
        try (EtcdServer etcd = EtcdServer.start(directory.resolve("etcd"), URL, serverTls())) {
            assertThat(etcd.pid()).isPositive();
            etcdctl("--endpoints=" + URL + " --cacert=" + file("ca.pem") + " put " + Nodes.PREFIX + "/config '" + CONFIG
                    + "'");
            assertThat(leaseOf(tls("ca.pem", null, null)).cidrs()).hasSize(1);
            assertThatThrownBy(() -> leaseOf(tls(null, null, null)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("https://127.0.0.1:2379")
                    .hasMessageContaining("certificat");
            TestSettings plain = TestSettings.of(List.of(URL.replace("https", "http")), Nodes.PREFIX);
            assertThatThrownBy(() -> leaseOf(plain))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("does it want https?");
        }
    }

    /// The forms of a private key: PKCS #8 as openssl makes it, and those of cfssl and older tools.
    @ParameterizedTest
    @ValueSource(strings = {"client.key", "client-rsa.key", "client-ec.key"})
    void showsItsClientCertificate(String key) throws Exception {
        makeCertificates(key.equals("client-ec.key") ? "ec" : "rsa:2048");
        try (EtcdServer etcd = EtcdServer.start(
                directory.resolve("etcd"),
                URL,
                "--cert-file=" + file("server.pem"),
                "--key-file=" + file("server.key"),
                "--client-cert-auth",
                "--trusted-ca-file=" + file("ca.pem"))) {
            assertThat(etcd.pid()).isPositive();
            etcdctl("--endpoints=%s --cacert=%s --cert=%s --key=%s put %s/config '%s'"
                    .formatted(URL, file("ca.pem"), file("client.pem"), file("client.key"), Nodes.PREFIX, CONFIG));
            assertThat(leaseOf(tls("ca.pem", "client.pem", key)).cidrs()).hasSize(1);
            assertThatThrownBy(() -> leaseOf(tls("ca.pem", null, null))).isInstanceOf(IOException.class);
        }
    }

    @Test
    void namesTheTlsFileThatCannotBeUsed() throws Exception {
        makeCertificates("rsa:2048");
        Files.writeString(directory.resolve("empty.pem"), "");
        sh("cd %s && openssl genrsa -out other.key 2048 2>&1 && openssl pkey -in client.key -aes256 -passout pass:x"
                        .formatted(directory)
                + " -out locked.key");
        refuses("absent.pem", null, null, "--etcd-cafile", "absent.pem", "there is no such file");
        refuses("empty.pem", null, null, "--etcd-cafile", "BEGIN CERTIFICATE");
        refuses("client.key", null, null, "--etcd-cafile", "client.key");
        refuses("ca.pem", "client.pem", "other.key", "--etcd-keyfile", "does not match the certificate");
        refuses("ca.pem", "client.pem", "locked.key", "--etcd-keyfile", "is encrypted");
        refuses("ca.pem", "client.pem", "ca.pem", "--etcd-keyfile", "BEGIN PRIVATE KEY");
        assertThatThrownBy(() -> tls("ca.pem", "client.pem", null))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("--etcd-keyfile");
    }

    @Test
    void worksAsAUserWhoseRoleIsLimitedToThePrefix() throws Exception {
        try (Nodes nodes = new Nodes(directory.resolve("etcd"), CONFIG)) {
            etcdctl("user add root:secret0");
            etcdctl("user grant-role root root");
            etcdctl("role add flannel");
            etcdctl("role grant-permission flannel --prefix=true readwrite " + Nodes.PREFIX + "/");
            etcdctl("user add flannel:secret1");
            etcdctl("user grant-role flannel flannel");
            etcdctl("auth enable");
            TestSettings user = Nodes.settings().withUser("flannel", "secret1");
            Nodes.Node node = nodes.node(
                    user.withLeaseTime(Duration.ofSeconds(2), Duration.ofSeconds(1)), announcement("192.0.2.1"));
            eventually(() -> assertThat(node.events).hasSize(1));
            nodes.etcd.stop(); // it forgets the tokens
            nodes.etcd.start();
            Nodes.Node second = nodes.node(user, announcement("192.0.2.2"));
            eventually(
                    () -> assertThat(node.peers()).containsExactly(second.own().words()));
            eventually(
                    () -> assertThat(second.peers()).containsExactly(node.own().words()));

            assertThatThrownBy(
                            () -> nodes.node(Nodes.settings().withUser("flannel", "wrong"), announcement("192.0.2.3")))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("--etcd-username")
                    .message()
                    .doesNotContain("wrong");
            assertThatThrownBy(() -> nodes.node("192.0.2.3"))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("--etcd-username");
            TestSettings elsewhere =
                    TestSettings.of(List.of(Nodes.URL), "/elsewhere").withUser("flannel", "secret1");
            assertThatThrownBy(() -> nodes.node(elsewhere, announcement("192.0.2.3")))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("permission denied")
                    .hasMessageContaining("readwrite");
            assertThat(user.toString()).doesNotContain("secret1");
        }
    }

    @Test
    void mayGiveAPasswordToAnEtcdThatAsksForNone() throws Exception {
        try (Nodes nodes = new Nodes(directory.resolve("etcd"), CONFIG)) {
            assertThat(nodes.node(Nodes.settings().withUser("flannel", "secret"), announcement("192.0.2.1"))
                            .subnet())
                    .isNotNull();
        }
    }

    private void refuses(String ca, String cert, String key, String... words) {
        assertThatThrownBy(() -> leaseOf(tls(ca, cert, key)))
                .isInstanceOf(CredentialsException.class)
                .hasMessageContainingAll(words)
                .message()
                .doesNotContain("BEGIN RSA");
    }

    private static Lease leaseOf(TestSettings settings) throws IOException {
        try (EtcdLeases leases = new EtcdLeases(settings.all(), new Board())) {
            return leases.acquire(leases.networkConfig(), announcement("192.0.2.1"), List.of());
        }
    }

    private TestSettings tls(String ca, String cert, String key) {
        return TestSettings.of(List.of(URL), Nodes.PREFIX)
                .withTls(
                        ca == null ? null : file(ca), cert == null ? null : file(cert), key == null ? null : file(key));
    }

    private String[] serverTls() {
        return new String[] {"--cert-file=" + file("server.pem"), "--key-file=" + file("server.key")};
    }

    private Path file(String name) {
        return directory.resolve(name);
    }

    private void makeCertificates(String clientKey) throws IOException {
        String newKey = clientKey.equals("ec") ? "ec -pkeyopt ec_paramgen_curve:prime256v1" : clientKey;
        sh("""
           cd %s
           exec 2>&1
           openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=authority -days 2
           openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=etcd
           openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out server.pem -days 2 \\
             -extfile <(echo 'subjectAltName=IP:127.0.0.1,DNS:localhost')
           openssl req -newkey %s -nodes -keyout client.key -out client.csr -subj /CN=node
           openssl x509 -req -in client.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out client.pem -days 2 \\
             -extfile <(echo 'extendedKeyUsage=clientAuth')
           openssl pkey -in client.key -traditional -out client-%s.key
           """.formatted(directory, newKey, clientKey.equals("ec") ? "ec" : "rsa"));
    }
}

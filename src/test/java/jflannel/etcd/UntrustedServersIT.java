package jflannel.etcd;

import static jflannel.etcd.Nodes.announcement;
import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import jflannel.status.Board;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A real etcd that cannot prove who it is gets neither a password nor a lease, and the message says what is wrong.
@ExtendWith(OwnNetns.class)
class UntrustedServersIT {
    private static final String URL = "https://127.0.0.1:2379";

    @TempDir
    Path directory;

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            of another authority | other     | IP:127.0.0.1 | 2 | unable to find valid certification path
            expired              | authority | IP:127.0.0.1 | 0 | NotAfter
            of another host      | authority | IP:192.0.2.7 | 2 | No subject alternative names matching IP address 127.0.0.1
            of a name only       | authority | DNS:etcd     | 2 | No subject alternative names matching IP address 127.0.0.1
            """)
    void aServersCertificateIsRefused(String what, String authority, String name, int days, String words)
            throws Exception {
        certificates(authority, name, days);
        String[] tls = {
            "--cert-file=" + directory.resolve("server.pem"), "--key-file=" + directory.resolve("server.key")
        };
        try (EtcdServer etcd = EtcdServer.start(directory.resolve("etcd"), URL, tls)) {
            assertThat(etcd.pid()).isPositive();
            TestSettings settings = TestSettings.of(List.of(URL), Nodes.PREFIX)
                    .withTls(directory.resolve("authority.pem"), null, null)
                    .withUser("flannel", "secret");
            assertThatThrownBy(() -> read(settings))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(URL)
                    .hasMessageContaining(words)
                    .message()
                    .doesNotContain("secret");
        }
    }

    @Test
    void anExpiredCertificateOfOursIsToldOf() throws Exception {
        certificates("authority", "IP:127.0.0.1", 2);
        sh(make("authority", "client", "extendedKeyUsage=clientAuth", 0));
        try (EtcdServer etcd = EtcdServer.start(
                directory.resolve("etcd"),
                URL,
                "--cert-file=" + directory.resolve("server.pem"),
                "--key-file=" + directory.resolve("server.key"),
                "--client-cert-auth",
                "--trusted-ca-file=" + directory.resolve("authority.pem"))) {
            assertThat(etcd.pid()).isPositive();
            TestSettings settings = TestSettings.of(List.of(URL), Nodes.PREFIX)
                    .withTls(
                            directory.resolve("authority.pem"),
                            directory.resolve("client.pem"),
                            directory.resolve("client.key"));
            assertThatThrownBy(() -> read(settings))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(URL);
        }
    }

    private static void read(TestSettings settings) throws IOException {
        try (EtcdLeases leases = new EtcdLeases(settings.all(), new Board())) {
            leases.acquire(leases.networkConfig(), announcement("192.0.2.1"), List.of());
        }
    }

    private void certificates(String authority, String name, int days) throws IOException {
        for (String each : new String[] {"authority", "other"}) {
            sh("""
               cd %1$s && exec 2>&1
               openssl req -x509 -newkey rsa:2048 -nodes -keyout %2$s.key -out %2$s.pem -subj /CN=%2$s -days 2
               """.formatted(directory, each));
        }
        sh(make(authority, "server", "subjectAltName=" + name, days));
    }

    /// @param days 0 for one that has expired already
    private String make(String authority, String name, String extension, int days) {
        return """
               cd %1$s && exec 2>&1
               openssl req -newkey rsa:2048 -nodes -keyout %2$s.key -out %2$s.csr -subj /CN=%2$s
               openssl x509 -req -in %2$s.csr -CA %3$s.pem -CAkey %3$s.key -CAcreateserial -out %2$s.pem -days %4$d \\
                 -extfile <(echo '%5$s')
               [ %4$d != 0 ] || sleep 1.1
               """.formatted(directory, name, authority, days, extension);
    }
}

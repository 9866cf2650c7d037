package jflannel.kube;

import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.client.Config;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import jflannel.lab.kube.KubeApi;
import jflannel.lab.kube.KubeRule;
import jflannel.lease.ConfigException;
import jflannel.testing.KubeAdmin;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The ways to an API server, and what is said of those that lead nowhere.
@ExtendWith(OwnNetns.class)
class AccessIT {
    private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    @TempDir
    private Path folder;

    private KubeSettings settings(String apiUrl, Optional<Path> kubeconfig, Map<String, String> environment)
            throws IOException {
        Map<String, String> all = new HashMap<>(environment);
        all.put("NODE_NAME", "n1");
        return new KubeSettings(
                apiUrl,
                kubeconfig,
                AnnotationPrefix.of(AnnotationPrefix.USUAL),
                Files.writeString(folder.resolve("net-conf.json"), "{\"Network\":\"10.244.0.0/16\"}"),
                true,
                all,
                folder);
    }

    private SSLContext certificate(String name, String host) throws Exception {
        sh("""
                cd %1$s
                openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=%2$s \
                    -addext subjectAltName=IP:%3$s -keyout %2$s.key -out %2$s.crt 2>/dev/null
                openssl pkcs12 -export -inkey %2$s.key -in %2$s.crt -out %2$s.p12 -passout pass:secret
                """.formatted(folder, name, host));
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(folder.resolve(name + ".p12"))) {
            keys.load(in, "secret".toCharArray());
        }
        KeyManagerFactory managers = KeyManagerFactory.getInstance("PKIX");
        managers.init(keys, "secret".toCharArray());
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(managers.getKeyManagers(), null, null);
        return tls;
    }

    @Test
    void inAPodItTakesTheServiceAccountEvenWhenItsTokenIsReplaced() throws Exception {
        SSLContext tls = certificate("ca", "127.0.0.1");
        try (KubeApi api = KubeApi.start(ANY_PORT, KubeRule.of(Cluster.MANIFEST), tls)) {
            new KubeAdmin(api.url(), KubeApi.ADMIN).register("n1", java.util.List.of("10.244.1.0/24"));
            String port = api.url().replaceFirst(".*:", "");
            Map<String, String> pod = Map.of("KUBERNETES_SERVICE_HOST", "127.0.0.1", "KUBERNETES_SERVICE_PORT", port);
            Files.writeString(folder.resolve("token"), "expired\n");
            certificate("other", "127.0.0.1");
            sh("mv %1$s/ca.crt %1$s/right.crt; mv %1$s/other.crt %1$s/ca.crt".formatted(folder));
            try (KubeLeases store = new KubeLeases(settings("", Optional.empty(), pod))) {
                assertThatThrownBy(store::publicIps).as("another authority").hasMessageContaining("cannot be reached");
            }
            sh("mv %1$s/right.crt %1$s/ca.crt".formatted(folder));
            try (KubeLeases store = new KubeLeases(settings("", Optional.empty(), pod))) {
                assertThatThrownBy(store::publicIps).hasMessageContaining("401");
                Files.writeString(folder.resolve("token"), KubeApi.USER + "\n");
                assertThat(store.publicIps()).isEmpty();
            }
            // the API server's own address, where the Service's does not work yet
            try (KubeLeases store = new KubeLeases(settings(api.url(), Optional.empty(), Map.of()))) {
                assertThat(store.publicIps()).isEmpty();
            }
        }
    }

    @Test
    void aKubeconfigsServerMayBeReplaced() throws Exception {
        Path kubeconfig = KubeAdmin.kubeconfig(folder.resolve("kubeconfig"), "http://192.0.2.1:1", "t");
        Config config = Access.of(settings("https://192.0.2.9:6443", Optional.of(kubeconfig), Map.of()));
        assertThat(config.getMasterUrl()).isEqualTo("https://192.0.2.9:6443/");
        Files.writeString(folder.resolve("token"), "of a pod");
        Config plain = Access.of(settings("http://192.0.2.9:8080", Optional.empty(), Map.of()));
        assertThat(plain.getOauthTokenProvider())
                .as("no token is shown to the wire")
                .isNull();
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(delimiter = '|', textBlock = """
            ''          | ''                  | Give --kubeconfig-file or --kube-api-url
            ftp://x     | ''                  | --kube-api-url: "ftp://x" cannot be used. Give a URL such as
            http://     | ''                  | --kube-api-url: "http://" cannot be used. Give a URL such as
            ''          | missing             | There is no such file
            ''          | "{"               | It is no kubeconfig
            ''          | kind: Config        | It has no current-context
            """)
    void saysWhatIsMissing(String apiUrl, String kubeconfig, String message) throws Exception {
        Path file = folder.resolve("kubeconfig");
        if (!kubeconfig.equals("missing")) {
            Files.writeString(file, kubeconfig);
        }
        Optional<Path> given = kubeconfig.isEmpty() ? Optional.empty() : Optional.of(file);
        KubeSettings settings = settings(apiUrl, given, Map.of());
        assertThatThrownBy(() -> Access.of(settings))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(message);
    }

    @Test
    void aServerThatFallsSilentIsGivenUp() throws Exception {
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CompletableFuture<Void> gaveUp = new CompletableFuture<>();
            Thread.ofPlatform().daemon().start(() -> {
                try (Socket client = listener.accept()) {
                    client.getOutputStream()
                            .write(
                                    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n13\r\n{\"type\":\"BOOKMARK\"}\r\n")
                                            .getBytes(StandardCharsets.US_ASCII));
                    client.getInputStream().readAllBytes(); // until the other side gives up
                    gaveUp.complete(null);
                } catch (IOException e) {
                    // the test has ended
                }
            });
            String url = "http://127.0.0.1:" + listener.getLocalPort();
            Config config = Access.of(settings(url, Optional.empty(), Map.of()));
            try (ApiServer api = new ApiServer(config, AnnotationPrefix.of("a.b"));
                    ApiServer.Watch watch = api.watch("", "1", Duration.ofMinutes(5), Duration.ofSeconds(2))) {
                assertThat(watch.next()).isPresent();
                assertThatThrownBy(watch::next).hasMessageContaining("nothing was heard");
            }
            gaveUp.get(30, TimeUnit.SECONDS);
        }
    }
}

package jflannel.kubeapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import jflannel.lab.kube.ApiCertificate;
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

/// What leads to an API server, and what is said of what does not.
@ExtendWith(OwnNetns.class)
class AccessIT {
    private static final String HOST = "127.0.0.1";
    private static final Resource<Names.Named> NODES = new Resource<>("/api/v1/nodes", "nodes", Names::new);
    private static final List<KubeRule> RULES = List.of(new KubeRule(List.of("nodes"), List.of("get")));

    @TempDir
    private Path folder;

    private Access access(String apiUrl, Optional<Path> kubeconfig, Map<String, String> environment) {
        return Access.of(apiUrl, kubeconfig, environment, folder);
    }

    private static KubeApi serve(int port, SSLContext tls) throws IOException {
        KubeApi api = KubeApi.start(new InetSocketAddress(HOST, port), RULES, tls);
        ObjectNode node = new ObjectMapper().createObjectNode();
        node.putObject("metadata").put("name", "n1");
        api.add(node);
        return api;
    }

    private static Map<String, String> pod(int port) {
        return Map.of("KUBERNETES_SERVICE_HOST", HOST, "KUBERNETES_SERVICE_PORT", Integer.toString(port));
    }

    private static int port(KubeApi api) {
        return Integer.parseInt(api.url().replaceFirst(".*:", ""));
    }

    /// Replaces a file as Kubernetes does.
    private void replace(String name, String content) throws IOException {
        Path fresh = Files.writeString(folder.resolve(name + ".new"), content);
        Files.move(fresh, folder.resolve(name), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }

    @Test
    void inAPodItFollowsTheTokenAndTheAuthorityOfTheServiceAccount() throws Exception {
        ApiCertificate old = ApiCertificate.make(folder.resolve("old.p12"), HOST);
        ApiCertificate young = ApiCertificate.make(folder.resolve("young.p12"), HOST);
        replace("token", "expired\n");
        replace("ca.crt", young.pem());
        KubeApi api = serve(0, old.context());
        int port = port(api);
        try (ApiServer client = new ApiServer(access("", Optional.empty(), pod(port)))) {
            assertThatThrownBy(() -> client.get(NODES, "n1"))
                    .as("another authority")
                    .hasMessageContaining("cannot be reached")
                    .hasMessageContaining("certificat");
            replace("ca.crt", old.pem());
            assertThatThrownBy(() -> client.get(NODES, "n1")).hasMessageContaining("401");
            replace("token", KubeApi.USER + "\n");
            assertThat(client.get(NODES, "n1").name()).isEqualTo("n1");
            api.close();
            api = serve(port, young.context());
            assertThatThrownBy(() -> client.get(NODES, "n1")).hasMessageContaining("certificat");
            replace("ca.crt", young.pem());
            assertThat(client.get(NODES, "n1").name()).as("without a restart").isEqualTo("n1");
        } finally {
            api.close();
        }
        // the API server's own address, where the Service's does not work yet
        assertThat(access("https://192.0.2.9:6443/", Optional.empty(), Map.of()).url())
                .isEqualTo("https://192.0.2.9:6443");
        assertThat(access("https://[2001:db8::9]:6443/", Optional.empty(), Map.of())
                        .host())
                .isEqualTo("2001:db8::9");
    }

    @Test
    void takesAServerThatWantsAnotherGroupForItsKeys() throws Exception {
        ApiCertificate certificate = ApiCertificate.make(folder.resolve("api.p12"), HOST);
        replace("token", KubeApi.USER);
        replace("ca.crt", certificate.pem());
        SSLServerSocket listener =
                (SSLServerSocket) certificate.context().getServerSocketFactory().createServerSocket();
        listener.bind(new InetSocketAddress(HOST, 0));
        SSLParameters parameters = listener.getSSLParameters();
        parameters.setNamedGroups(new String[] {"secp256r1"});
        listener.setSSLParameters(parameters);
        Thread.ofPlatform().daemon().start(() -> {
            while (true) {
                try (SSLSocket client = (SSLSocket) listener.accept()) {
                    client.getInputStream().read();
                    ScriptedServer.write(
                            client.getOutputStream(), ScriptedServer.ok("{\"metadata\":{\"name\":\"n1\"}}"));
                } catch (IOException e) {
                    if (listener.isClosed()) {
                        return;
                    }
                }
            }
        });
        try (listener;
                ApiServer client = new ApiServer(access("", Optional.empty(), pod(listener.getLocalPort())))) {
            assertThat(client.get(NODES, "n1").name()).isEqualTo("n1");
        }
    }

    @Test
    void aKubeconfigIsReadAgainWhenItsCredentialsAreRefused() throws Exception {
        ApiCertificate certificate = ApiCertificate.make(folder.resolve("api.p12"), HOST);
        try (KubeApi api = serve(0, certificate.context())) {
            Path kubeconfig = KubeAdmin.kubeconfig(folder.resolve("kubeconfig"), api.url(), "old");
            try (ApiServer client = new ApiServer(access("", Optional.of(kubeconfig), Map.of()))) {
                assertThatThrownBy(() -> client.get(NODES, "n1")).hasMessageContaining("401");
                KubeAdmin.kubeconfig(folder.resolve("kubeconfig"), api.url(), KubeApi.USER);
                assertThat(client.get(NODES, "n1").name()).isEqualTo("n1");
            }
        }
    }

    @Test
    void goesThroughTheProxyOfAKubeconfig() throws Exception {
        ApiCertificate certificate = ApiCertificate.make(folder.resolve("api.p12"), HOST);
        try (KubeApi api = serve(0, certificate.context());
                ScriptedServer proxy = new ScriptedServer((in, out) -> {
                    try (Socket server = new Socket(HOST, port(api))) {
                        ScriptedServer.write(out, "HTTP/1.1 200 Connection established\r\n\r\n");
                        Thread.ofPlatform().daemon().start(() -> copy(server, out));
                        in.transferTo(server.getOutputStream());
                    }
                })) {
            Path kubeconfig =
                    KubeAdmin.kubeconfig(folder.resolve("kubeconfig"), "https://192.0.2.1:6443", KubeApi.USER);
            Files.writeString(
                    kubeconfig,
                    Files.readString(kubeconfig)
                            .replace("cluster: {server", "cluster: {proxy-url: \"" + proxy.url() + "\", server"));
            try (ApiServer client = new ApiServer(access("", Optional.of(kubeconfig), Map.of()))) {
                assertThat(client.get(NODES, "n1").name()).isEqualTo("n1");
                assertThat(client.host())
                        .as("what packets go to")
                        .isEqualTo(URI.create(proxy.url()).getHost());
            }
            assertThat(proxy.requests().getFirst()).startsWith("CONNECT 192.0.2.1:6443 HTTP/1.1\r\n");
        }
    }

    private static void copy(Socket from, OutputStream to) {
        try (InputStream in = from.getInputStream()) {
            in.transferTo(to);
        } catch (IOException e) {
            // one of them has ended
        }
    }

    @Test
    void aKubeconfigsServerMayBeReplaced() throws Exception {
        Path kubeconfig = KubeAdmin.kubeconfig(folder.resolve("kubeconfig"), "http://192.0.2.1:1", "t");
        assertThat(access("", Optional.of(kubeconfig), Map.of()).url()).isEqualTo("http://192.0.2.1:1");
        Access other = access("https://192.0.2.9:6443", Optional.of(kubeconfig), Map.of());
        assertThat(other.url()).isEqualTo("https://192.0.2.9:6443");
        assertThat(other.host()).isEqualTo("192.0.2.9");
        assertThat(other.authorization()).contains("Bearer t");
        replace("token", "of a pod");
        assertThat(access("http://192.0.2.9:8080", Optional.empty(), Map.of()).authorization())
                .as("no token for whoever can read the wire")
                .isEmpty();
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(delimiter = '|', textBlock = """
            ''          | ''                  | Give --kubeconfig-file or --kube-api-url
            ftp://x     | ''                  | --kube-api-url: "ftp://x" cannot be used. Give a URL such as
            http://     | ''                  | --kube-api-url: "http://" cannot be used. Give a URL such as
            ''          | missing             | The file does not exist
            ''          | "{"               | It is not a kubeconfig
            ''          | kind: Config        | It does not define its current-context
            """)
    void saysWhatIsMissing(String apiUrl, String kubeconfig, String message) throws Exception {
        Path file = folder.resolve("kubeconfig");
        if (!kubeconfig.equals("missing")) {
            Files.writeString(file, kubeconfig);
        }
        Optional<Path> given = kubeconfig.isEmpty() ? Optional.empty() : Optional.of(file);
        assertThatThrownBy(() -> access(apiUrl, given, Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(message);
    }
}

package jflannel.kube;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jflannel.lease.ConfigException;

/// Finds out how to reach the Kubernetes API and log in there:
///
/// ```
/// --kubeconfig-file    as kubectl would; --kube-api-url replaces the server it names
/// else in a pod        the pod's service account; --kube-api-url replaces the address that the pod is given
/// else --kube-api-url  that, without credentials
/// ```
///
/// `--kube-api-url` in a pod is for a node where kube-proxy does not work before flannel does: the API server's own
/// address instead of the Service's.
final class Access {
    private static final int CONNECT_MILLIS = 5_000;

    private Access() {}

    /// @throws ConfigException if there is no way, or the kubeconfig cannot be read
    static Config of(KubeSettings settings) {
        ConfigBuilder config;
        if (settings.kubeconfig().isPresent()) {
            config = new ConfigBuilder(kubeconfig(settings.kubeconfig().get()));
        } else if (Files.isReadable(token(settings)) && !isPlain(settings.apiUrl())) {
            config = serviceAccount(settings);
        } else if (!settings.apiUrl().isEmpty()) {
            config = new ConfigBuilder(Config.empty());
        } else {
            throw new ConfigException("--kube-subnet-mgr: it is not known how to reach the Kubernetes API. Give"
                    + " --kubeconfig-file or --kube-api-url, or run in a pod with a service account (%s is not there)."
                            .formatted(token(settings)));
        }
        if (!settings.apiUrl().isEmpty()) {
            config.withMasterUrl(url(settings.apiUrl()));
        }
        return config
                // one connection for all would hold up every call when it is cut off, until TCP gives up
                .withHttp2Disable(true)
                // who calls tries again, and says so
                .withRequestRetryBackoffLimit(0)
                .withConnectionTimeout(CONNECT_MILLIS)
                .withUserAgent("jflannel")
                .build();
    }

    private static Config kubeconfig(Path file) {
        if (!Files.isReadable(file)) {
            throw new ConfigException("--kubeconfig-file", file, "There is no such file that can be read.");
        }
        try {
            Config config = Config.fromKubeconfig(file.toFile());
            if (config.getCurrentContext() == null) {
                throw new ConfigException("--kubeconfig-file", file, "It has no current-context that it describes.");
            }
            return config;
        } catch (ConfigException e) {
            throw e;
        } catch (RuntimeException e) {
            // the cause quotes the file, which may hold secrets
            throw new ConfigException("--kubeconfig-file", file, "It is no kubeconfig: it cannot be read as YAML.");
        }
    }

    private static String url(String flag) {
        String url = flag.contains("://") ? flag : "http://" + flag;
        try {
            URI uri = new URI(url);
            if (List.of("http", "https").contains(uri.getScheme()) && uri.getHost() != null) {
                return url;
            }
        } catch (URISyntaxException e) {
            // said below
        }
        throw new ConfigException("--kube-api-url", flag, "Give a URL such as https://192.0.2.1:6443.");
    }

    /// A token must not be shown to whoever can read the wire.
    private static boolean isPlain(String url) {
        return !url.isEmpty() && !url.regionMatches(true, 0, "https://", 0, 8);
    }

    private static Path token(KubeSettings settings) {
        return settings.serviceAccount().resolve("token");
    }

    private static ConfigBuilder serviceAccount(KubeSettings settings) {
        String host = settings.variable("KUBERNETES_SERVICE_HOST");
        String port = settings.variable("KUBERNETES_SERVICE_PORT");
        if (settings.apiUrl().isEmpty() && (host.isEmpty() || port.isEmpty())) {
            throw new ConfigException("--kube-subnet-mgr: there is a service account, but KUBERNETES_SERVICE_HOST and"
                    + " KUBERNETES_SERVICE_PORT are not set. Give --kube-api-url.");
        }
        Path authority = settings.serviceAccount().resolve("ca.crt");
        ConfigBuilder config = new ConfigBuilder(Config.empty())
                .withMasterUrl("https://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port)
                // read each time: Kubernetes replaces it every hour
                .withOauthTokenProvider(() -> read(token(settings)));
        return Files.isReadable(authority) ? config.withCaCertFile(authority.toString()) : config;
    }

    private static String read(Path token) {
        try {
            return Files.readString(token).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package jflannel.kubeapi;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jflannel.lease.ConfigException;

/// How to connect to the Kubernetes API and log in. Files are read again whenever they may have been replaced.
public interface Access {
    /// The API server's URL, without a trailing slash.
    String url();

    /// The TLS settings for a new connection.
    ///
    /// @throws IOException if one of its files cannot be used
    Tls tls() throws IOException;

    /// The Authorization header for a new request.
    ///
    /// @throws IOException if one of its files cannot be read
    Optional<String> authorization() throws IOException;

    /// Called when the server has rejected the credentials, to get others.
    default void refused() {}

    /// The HTTP proxy to use, if any.
    default Optional<InetSocketAddress> proxy() {
        return Optional.empty();
    }

    /// The host to connect to, by name or address.
    default String host() {
        return proxy().map(InetSocketAddress::getHostString)
                .orElseGet(() -> URI.create(url()).getHost().replaceAll("[\\[\\]]", ""));
    }

    /// Chooses the access:
    ///
    /// ```
    /// --kubeconfig-file       like kubectl; --kube-api-url overrides the server in it
    /// or else, in a pod       the pod's service account; --kube-api-url overrides the address in the environment
    /// or else --kube-api-url  that URL, without credentials
    /// ```
    ///
    /// In a pod, `--kube-api-url` is for nodes where kube-proxy does not work before flannel does: it names the API
    /// server's own address instead of the Service's.
    ///
    /// @param apiUrl the value of the flag, or empty
    /// @param environment of the process
    /// @param serviceAccount the directory with a pod's credentials
    /// @throws ConfigException if nothing leads to an API server, or the kubeconfig cannot be read
    static Access of(String apiUrl, Optional<Path> kubeconfig, Map<String, String> environment, Path serviceAccount) {
        String given = apiUrl.isEmpty() ? "" : checked(apiUrl);
        if (kubeconfig.isPresent()) {
            return new Kubeconfig(kubeconfig.get(), given);
        }
        Path token = serviceAccount.resolve(ServiceAccount.TOKEN);
        // a token must not travel unencrypted
        if (Files.isReadable(token) && !given.startsWith("http://")) {
            return new ServiceAccount(given.isEmpty() ? ofService(environment) : given, serviceAccount);
        }
        if (!given.isEmpty()) {
            return new Anonymous(given);
        }
        throw new ConfigException("--kube-subnet-mgr: the address of the Kubernetes API is unknown. Give"
                + " --kubeconfig-file or --kube-api-url, or run in a pod with a service account (%s does not exist)."
                        .formatted(token));
    }

    /// Access without credentials.
    record Anonymous(String url) implements Access {
        @Override
        public Tls tls() throws IOException {
            return Tls.usual();
        }

        @Override
        public Optional<String> authorization() {
            return Optional.empty();
        }
    }

    private static String checked(String flag) {
        String url = flag.contains("://") ? flag : "http://" + flag;
        try {
            URI uri = new URI(url);
            if (List.of("http", "https").contains(uri.getScheme()) && uri.getHost() != null) {
                return url.replaceFirst("/+$", "");
            }
        } catch (URISyntaxException e) {
            // reported below
        }
        throw new ConfigException("--kube-api-url", flag, "Give a URL such as https://192.0.2.1:6443.");
    }

    private static String ofService(Map<String, String> environment) {
        String host = environment.getOrDefault("KUBERNETES_SERVICE_HOST", "");
        String port = environment.getOrDefault("KUBERNETES_SERVICE_PORT", "");
        if (host.isEmpty() || port.isEmpty()) {
            throw new ConfigException("--kube-subnet-mgr: there is a service account, but KUBERNETES_SERVICE_HOST and"
                    + " KUBERNETES_SERVICE_PORT are not set. Give --kube-api-url.");
        }
        return "https://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}

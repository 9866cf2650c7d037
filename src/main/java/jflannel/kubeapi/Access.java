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

/// How to reach the Kubernetes API and log in there. Files are looked at again whenever they may have been replaced.
public interface Access {
    /// The API server's, without a slash at its end.
    String url();

    /// For a connection that is to be made now.
    ///
    /// @throws IOException if a file of it cannot be used
    Tls tls() throws IOException;

    /// The header of that name for a request that is to be sent now.
    ///
    /// @throws IOException if a file of it cannot be read
    Optional<String> authorization() throws IOException;

    /// The server has refused the credentials: look for others.
    default void refused() {}

    /// An HTTP proxy that leads to the server.
    default Optional<InetSocketAddress> proxy() {
        return Optional.empty();
    }

    /// The host to connect to, by name or address.
    default String host() {
        return proxy().map(InetSocketAddress::getHostString)
                .orElseGet(() -> URI.create(url()).getHost().replaceAll("[\\[\\]]", ""));
    }

    /// What to look for:
    ///
    /// ```
    /// --kubeconfig-file    as kubectl would; --kube-api-url replaces the server it names
    /// else in a pod        the pod's service account; --kube-api-url replaces the address that the pod is given
    /// else --kube-api-url  that, without credentials
    /// ```
    ///
    /// `--kube-api-url` in a pod is for a node where kube-proxy does not work before flannel does: the API server's
    /// own address instead of the Service's.
    ///
    /// @param apiUrl the flag's, or empty
    /// @param environment of the process
    /// @param serviceAccount the folder with a pod's credentials
    /// @throws ConfigException if nothing leads to an API server, or the kubeconfig cannot be read
    static Access of(String apiUrl, Optional<Path> kubeconfig, Map<String, String> environment, Path serviceAccount) {
        String given = apiUrl.isEmpty() ? "" : checked(apiUrl);
        if (kubeconfig.isPresent()) {
            return new Kubeconfig(kubeconfig.get(), given);
        }
        Path token = serviceAccount.resolve(ServiceAccount.TOKEN);
        // a token must not be visible on the wire
        if (Files.isReadable(token) && !given.startsWith("http://")) {
            return new ServiceAccount(given.isEmpty() ? ofService(environment) : given, serviceAccount);
        }
        if (!given.isEmpty()) {
            return new Anonymous(given);
        }
        throw new ConfigException("--kube-subnet-mgr: it is not known how to reach the Kubernetes API. Give"
                + " --kubeconfig-file or --kube-api-url, or run in a pod with a service account (%s is not there)."
                        .formatted(token));
    }

    /// Who has no credentials.
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
            // said below
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

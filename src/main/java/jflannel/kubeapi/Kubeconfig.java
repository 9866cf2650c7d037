package jflannel.kubeapi;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.internal.SSLUtils;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.Optional;
import jflannel.lease.ConfigException;

/// Uses a kubeconfig file as kubectl does. The file is read again when it was replaced, and when the server has
/// rejected the credentials, since it may name a program that makes fresh ones.
final class Kubeconfig implements Access {
    private static final int DEFAULT_PROXY_PORT = 80;

    private final Path file;
    private final String url;
    private Config config;
    private FileTime read;
    private Tls tls;

    /// @param givenUrl overrides the server in the file, unless empty
    Kubeconfig(Path file, String givenUrl) {
        this.file = file;
        this.config = load();
        this.url = (givenUrl.isEmpty() ? config.getMasterUrl() : givenUrl).replaceFirst("/+$", "");
        proxy(); // fail at once: a bad one will not mend itself
    }

    private Config load() {
        if (!Files.isReadable(file)) {
            throw new ConfigException("--kubeconfig-file", file, "The file does not exist or cannot be read.");
        }
        try {
            read = Files.getLastModifiedTime(file);
            Config loaded = Config.fromKubeconfig(file.toFile());
            if (loaded.getCurrentContext() == null) {
                throw new ConfigException("--kubeconfig-file", file, "It does not define its current-context.");
            }
            return loaded;
        } catch (ConfigException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            // the cause quotes the file, which may contain secrets
            throw new ConfigException("--kubeconfig-file", file, "It is not a kubeconfig: it is not valid YAML.");
        }
    }

    @Override
    public String url() {
        return url;
    }

    @Override
    public synchronized void refused() {
        read = null;
    }

    private void refresh() throws IOException {
        if (Files.exists(file) && !Files.getLastModifiedTime(file).equals(read)) {
            try {
                config = load();
                tls = null;
            } catch (ConfigException e) {
                throw new IOException(e.getMessage(), e); // it may be half-written; try again
            }
        }
    }

    @Override
    public synchronized Tls tls() throws IOException {
        refresh();
        if (tls == null) {
            try {
                boolean checksName = !config.isTrustCerts() && !config.isDisableHostnameVerification();
                tls = new Tls(SSLUtils.sslContext(config), checksName);
            } catch (GeneralSecurityException | RuntimeException e) {
                throw new IOException(file + ": its certificates cannot be used: " + e.getMessage(), e);
            }
        }
        return tls;
    }

    @Override
    public synchronized Optional<String> authorization() throws IOException {
        refresh();
        String token = config.getOauthTokenProvider() != null
                ? config.getOauthTokenProvider().getToken()
                : config.getOauthToken() != null ? config.getOauthToken() : config.getAutoOAuthToken();
        if (token != null && !token.isEmpty()) {
            return Optional.of("Bearer " + token);
        }
        if (config.getUsername() != null && config.getPassword() != null) {
            byte[] both = (config.getUsername() + ":" + config.getPassword()).getBytes(UTF_8);
            return Optional.of("Basic " + Base64.getEncoder().encodeToString(both));
        }
        return Optional.empty();
    }

    @Override
    public synchronized Optional<InetSocketAddress> proxy() {
        // the library distinguishes them by the proxy's own protocol
        String text = config.getHttpsProxy() == null ? config.getHttpProxy() : config.getHttpsProxy();
        return Optional.ofNullable(text)
                .filter(proxy -> !proxy.isEmpty() && url.startsWith("https:"))
                .map(this::address);
    }

    private InetSocketAddress address(String proxy) {
        URI uri = URI.create(proxy);
        if (!"http".equals(uri.getScheme()) || uri.getHost() == null) {
            throw new ConfigException("--kubeconfig-file", file, "Its proxy-url must begin with http://.");
        }
        return new InetSocketAddress(uri.getHost(), uri.getPort() < 0 ? DEFAULT_PROXY_PORT : uri.getPort());
    }
}

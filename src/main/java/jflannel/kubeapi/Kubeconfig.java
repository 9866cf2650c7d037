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

/// What kubectl would do with a kubeconfig file. The file is read again when it was replaced, or when the server has
/// refused what it says: it may name a program that makes fresh credentials.
final class Kubeconfig implements Access {
    private static final int DEFAULT_PROXY_PORT = 80;

    private final Path file;
    private final String url;
    private Config config;
    private FileTime read;
    private Tls tls;

    /// @param givenUrl replaces the server that the file names; or empty
    Kubeconfig(Path file, String givenUrl) {
        this.file = file;
        this.config = load();
        this.url = (givenUrl.isEmpty() ? config.getMasterUrl() : givenUrl).replaceFirst("/+$", "");
        proxy(); // one that cannot be used now will not be right soon
    }

    private Config load() {
        if (!Files.isReadable(file)) {
            throw new ConfigException("--kubeconfig-file", file, "There is no such file that can be read.");
        }
        try {
            read = Files.getLastModifiedTime(file);
            Config loaded = Config.fromKubeconfig(file.toFile());
            if (loaded.getCurrentContext() == null) {
                throw new ConfigException("--kubeconfig-file", file, "It has no current-context that it describes.");
            }
            return loaded;
        } catch (ConfigException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            // the cause quotes the file, which may hold secrets
            throw new ConfigException("--kubeconfig-file", file, "It is no kubeconfig: it cannot be read as YAML.");
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
                throw new IOException(e.getMessage(), e); // what is half written now will be whole soon
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
        // the library keeps them apart by the proxy's own protocol
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

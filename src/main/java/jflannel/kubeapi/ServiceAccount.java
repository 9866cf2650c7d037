package jflannel.kubeapi;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/// A pod's credentials. Kubernetes replaces the token every hour, and the CA when the cluster gets a new one.
final class ServiceAccount implements Access {
    static final String TOKEN = "token";

    private final String url;
    private final Path token;
    private final Path authority;
    private byte[] trusted;
    private Tls tls;

    /// @param folder the directory with `token` and `ca.crt`
    ServiceAccount(String url, Path folder) {
        this.url = url;
        this.token = folder.resolve(TOKEN);
        this.authority = folder.resolve("ca.crt");
    }

    @Override
    public String url() {
        return url;
    }

    @Override
    public synchronized Tls tls() throws IOException {
        byte[] now = Files.isReadable(authority) ? Files.readAllBytes(authority) : null;
        if (tls == null || !Arrays.equals(now, trusted)) {
            tls = now == null ? Tls.usual() : Tls.trusting(authority, now);
            trusted = now;
        }
        return tls;
    }

    @Override
    public Optional<String> authorization() throws IOException {
        return Optional.of("Bearer " + Files.readString(token).strip());
    }
}

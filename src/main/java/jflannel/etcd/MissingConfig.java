package jflannel.etcd;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import jflannel.lease.Nearest;
import jflannel.lease.NoConfigException;
import jflannel.lease.ShellWord;

/// The message for a missing network configuration. Suggests a similar key, which differs by a leading slash or a
/// few letters. Searches for one only once a minute, because the daemon asks every second.
final class MissingConfig {
    private static final long PAUSE = Duration.ofMinutes(1).toNanos();
    private static final String CONFIG = "/config";
    private static final String EXAMPLE = "{\"Network\":\"10.244.0.0/16\",\"Backend\":{\"Type\":\"vxlan\"}}";

    private final SubnetDirectory directory;
    private Optional<String> similar = Optional.empty();
    private boolean looked;
    private long lookedAt;

    MissingConfig(SubnetDirectory directory) {
        this.directory = directory;
    }

    /// @param endpoint of etcd
    synchronized NoConfigException exception(String endpoint) {
        look();
        return new NoConfigException(words(endpoint), similar);
    }

    private String words(String endpoint) {
        String key = directory.configKey();
        return similar.map(other -> "etcd key %s does not exist, but %s does. Did you mean --etcd-prefix=%s?"
                        .formatted(key, other, ShellWord.of(other.substring(0, other.length() - CONFIG.length()))))
                .orElseGet(() -> ("etcd key %s does not exist. Did you create it with etcd's v3 API?"
                                + " Do: ETCDCTL_API=3 etcdctl --endpoints=%s put %s %s")
                        .formatted(key, ShellWord.of(endpoint), ShellWord.of(key), ShellWord.of(EXAMPLE)));
    }

    private void look() {
        if (looked && System.nanoTime() - lookedAt < PAUSE) {
            return;
        }
        looked = true;
        lookedAt = System.nanoTime();
        try {
            similar = similar(directory.configKey(), directory.someKeys());
        } catch (IOException e) {
            similar = Optional.empty(); // the user may not be allowed to see more than the prefix
        }
    }

    /// The key of another configuration that is most similar to the missing one.
    static Optional<String> similar(String missing, List<String> keys) {
        List<String> configs = keys.stream()
                .filter(key -> key.endsWith(CONFIG) && !key.equals(missing))
                .toList();
        String bare = bare(missing);
        return configs.stream()
                .filter(key -> bare(key).equals(bare))
                .findFirst()
                .or(() -> Nearest.to(missing, configs));
    }

    private static String bare(String key) {
        return key.replaceAll("[/\"']+", "/").replaceAll("^/|/$", "");
    }
}

package jflannel.etcd;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import jflannel.lease.ConfigException;

/// How to connect to etcd, and how to keep a lease there.
///
/// @param endpoints client URLs such as `https://192.0.2.1:2379`; each is tried until one answers
/// @param prefix of all keys, such as `/coreos.com/network`
/// @param caFile CA certificates (PEM) that verify etcd's; without it, those of the Java runtime
/// @param certFile this client's certificate chain (PEM)
/// @param keyFile the private key of `certFile` (PEM)
/// @param user an etcd user, for password authentication
/// @param password of `user`
/// @param leaseTime how long a lease lasts after its last renewal, in whole seconds
/// @param renewMargin how long before its end a lease is renewed
/// @param forPods false to lease one address for this node instead of a subnet for its pods
public record EtcdSettings(
        List<String> endpoints,
        String prefix,
        Optional<Path> caFile,
        Optional<Path> certFile,
        Optional<Path> keyFile,
        Optional<String> user,
        Optional<String> password,
        Duration leaseTime,
        Duration renewMargin,
        boolean forPods) {
    public static final Duration USUAL_LEASE_TIME = Duration.ofHours(24);

    public EtcdSettings {
        endpoints = List.copyOf(endpoints);
        if (certFile.isPresent() != keyFile.isPresent()) {
            throw new ConfigException(
                    "A certificate needs its key: give both --etcd-certfile and --etcd-keyfile, or neither.");
        }
        if (renewMargin.compareTo(leaseTime) >= 0 || renewMargin.isNegative()) {
            throw new ConfigException(
                    "--subnet-lease-renew-margin",
                    renewMargin.toMinutes(),
                    "Give a number of minutes from 1 to 1439 (a lease lasts 24 hours).");
        }
    }

    boolean asksForTls() {
        return caFile.isPresent() || certFile.isPresent();
    }

    /// Leaves the password out: settings are logged at start.
    @Override
    public String toString() {
        return "etcd at %s, keys below %s%s"
                .formatted(
                        String.join(",", endpoints),
                        prefix,
                        user.map(name -> ", as user " + name).orElse(""));
    }
}

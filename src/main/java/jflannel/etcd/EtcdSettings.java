package jflannel.etcd;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import jflannel.lease.ConfigException;

/// How to reach etcd, and how to keep a lease there.
///
/// @param endpoints client URLs such as `https://192.0.2.1:2379`; each is tried until one answers
/// @param prefix of all keys, such as `/coreos.com/network`
/// @param caFile certificates (PEM) of the authorities that may sign etcd's; without it those of the Java runtime
/// @param certFile this client's certificate chain (PEM)
/// @param keyFile the private key of `certFile` (PEM)
/// @param user a user of etcd's, for password authentication
/// @param password of `user`
/// @param leaseTime how long a lease outlives the last renewal; whole seconds
/// @param renewMargin how long before its end a lease is renewed
public record EtcdSettings(
        List<String> endpoints,
        String prefix,
        Optional<Path> caFile,
        Optional<Path> certFile,
        Optional<Path> keyFile,
        Optional<String> user,
        Optional<String> password,
        Duration leaseTime,
        Duration renewMargin) {
    public static final Duration USUAL_LEASE_TIME = Duration.ofHours(24);
    public static final Duration USUAL_RENEW_MARGIN = Duration.ofMinutes(60);

    public EtcdSettings {
        endpoints = List.copyOf(endpoints);
        if (certFile.isPresent() != keyFile.isPresent()) {
            throw new ConfigException(
                    certFile.isPresent() ? "--etcd-keyfile" : "--etcd-certfile",
                    "",
                    "A certificate and its key go together: give both --etcd-certfile and --etcd-keyfile, or neither.");
        }
        if (renewMargin.compareTo(leaseTime) >= 0 || renewMargin.isNegative()) {
            throw new ConfigException(
                    "--subnet-lease-renew-margin",
                    renewMargin.toMinutes(),
                    "Give a number of minutes from 1 to 1439 (a lease lasts 24 hours).");
        }
    }

    /// Plain access without any credentials, and the usual times.
    public static EtcdSettings of(List<String> endpoints, String prefix) {
        return new EtcdSettings(
                endpoints,
                prefix,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                USUAL_LEASE_TIME,
                USUAL_RENEW_MARGIN);
    }

    /// These settings with an authority's certificates, and a client's certificate and key (both or neither).
    public EtcdSettings withTls(Path caFile, Path certFile, Path keyFile) {
        return new EtcdSettings(
                endpoints,
                prefix,
                Optional.ofNullable(caFile),
                Optional.ofNullable(certFile),
                Optional.ofNullable(keyFile),
                user,
                password,
                leaseTime,
                renewMargin);
    }

    public EtcdSettings withUser(String user, String password) {
        return new EtcdSettings(
                endpoints,
                prefix,
                caFile,
                certFile,
                keyFile,
                Optional.of(user),
                Optional.of(password),
                leaseTime,
                renewMargin);
    }

    public EtcdSettings withLeaseTime(Duration leaseTime, Duration renewMargin) {
        return new EtcdSettings(endpoints, prefix, caFile, certFile, keyFile, user, password, leaseTime, renewMargin);
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

package jflannel.etcd;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Settings of a test's store: at first plain access without any credentials, and the usual times.
record TestSettings(EtcdSettings all) {
    static TestSettings of(List<String> endpoints, String prefix) {
        return new TestSettings(new EtcdSettings(
                endpoints,
                prefix,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                EtcdSettings.USUAL_LEASE_TIME,
                Duration.ofMinutes(60),
                true));
    }

    /// With an authority's certificates, and a client's certificate and key (both or neither).
    TestSettings withTls(Path caFile, Path certFile, Path keyFile) {
        return new TestSettings(new EtcdSettings(
                all.endpoints(),
                all.prefix(),
                Optional.ofNullable(caFile),
                Optional.ofNullable(certFile),
                Optional.ofNullable(keyFile),
                all.user(),
                all.password(),
                all.leaseTime(),
                all.renewMargin(),
                all.forPods()));
    }

    TestSettings withUser(String user, String password) {
        return new TestSettings(new EtcdSettings(
                all.endpoints(),
                all.prefix(),
                all.caFile(),
                all.certFile(),
                all.keyFile(),
                Optional.of(user),
                Optional.of(password),
                all.leaseTime(),
                all.renewMargin(),
                all.forPods()));
    }

    TestSettings withLeaseTime(Duration leaseTime, Duration renewMargin) {
        return new TestSettings(new EtcdSettings(
                all.endpoints(),
                all.prefix(),
                all.caFile(),
                all.certFile(),
                all.keyFile(),
                all.user(),
                all.password(),
                leaseTime,
                renewMargin,
                all.forPods()));
    }

    TestSettings withoutPods() {
        return new TestSettings(new EtcdSettings(
                all.endpoints(),
                all.prefix(),
                all.caFile(),
                all.certFile(),
                all.keyFile(),
                all.user(),
                all.password(),
                all.leaseTime(),
                all.renewMargin(),
                false));
    }
}

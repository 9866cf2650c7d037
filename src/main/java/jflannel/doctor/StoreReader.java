package jflannel.doctor;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import jflannel.daemon.Flanneld;
import jflannel.etcd.EtcdHttp;
import jflannel.etcd.EtcdSettings;
import jflannel.inspect.Inspection;
import jflannel.kube.KubeSettings;
import jflannel.lease.ConfigException;
import jflannel.lease.LeaseStore;
import jflannel.lease.NoConfigException;
import jflannel.options.Options;
import jflannel.status.Board;

/// Asks the store what the [Inspection] has not.
final class StoreReader {
    private final Inspection flannel;
    private final Options options;

    StoreReader(Inspection flannel) {
        this.flannel = flannel;
        this.options = flannel.flannel().options();
    }

    StoreCheck read() {
        Optional<Throwable> thrown = flannel.storeFault();
        boolean ofConfig = thrown.filter(
                        it -> it instanceof ConfigException && StoreFaults.of(it) == StoreCheck.Fault.OTHER)
                .isPresent();
        StoreCheck.Fault fault = thrown.isEmpty() || ofConfig ? StoreCheck.Fault.NONE : StoreFaults.of(thrown.get());
        StoreCheck.Config config = !ofConfig
                ? StoreCheck.Config.FINE
                : thrown.get() instanceof NoConfigException ? StoreCheck.Config.MISSING : StoreCheck.Config.INVALID;
        boolean missing = config == StoreCheck.Config.MISSING;
        Optional<String> similar =
                thrown.filter(NoConfigException.class::isInstance).flatMap(it -> ((NoConfigException) it).similar());
        if (fault == StoreCheck.Fault.REFUSED && isGuess()) {
            fault = StoreCheck.Fault.UNKNOWN;
        }
        URI uri = uri();
        if (fault == StoreCheck.Fault.SILENT && uri.getHost() != null && !hasAddress(uri.getHost())) {
            fault = StoreCheck.Fault.NAME;
        }
        return new StoreCheck(
                fault,
                thrown.map(it -> it.getMessage() == null ? "no answer in time" : it.getMessage())
                        .orElse(flannel.store()),
                uri.getHost() == null ? "" : uri.getHost(),
                uri.getPort() < 0 ? 443 : uri.getPort(),
                configKey(),
                config,
                similar,
                missing && !options.kube.subnetManager ? versionTwo() : Optional.empty(),
                fault == StoreCheck.Fault.NONE ? ahead() : Optional.empty());
    }

    /// True if nobody has said where the store is.
    private boolean isGuess() {
        return flannel.flannel().process().isEmpty()
                && !options.kube.subnetManager
                && options.etcd
                        .endpoints()
                        .equals(Options.parse(List.of(), Map.of()).etcd.endpoints());
    }

    /// False if no name server knows the host, or none answers.
    private static boolean hasAddress(String host) {
        FutureTask<InetAddress> lookup = new FutureTask<>(() -> InetAddress.getByName(host));
        Thread.ofPlatform().daemon().name("lookup").start(lookup);
        try {
            return lookup.get(1, TimeUnit.SECONDS) != null;
        } catch (ExecutionException | TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private URI uri() {
        List<String> endpoints = options.kube.subnetManager
                ? List.of(options.kube.apiUrl.isEmpty() ? "https://kubernetes.default" : options.kube.apiUrl)
                : options.etcd.endpoints();
        try {
            String first = endpoints.getFirst();
            return URI.create(first.contains("://") ? first : "http://" + first);
        } catch (IllegalArgumentException e) {
            return URI.create("http://");
        }
    }

    private String configKey() {
        return options.kube.subnetManager
                ? options.kube.netConfig.toString()
                : options.etcd.prefix.strip().replaceAll("/{2,}", "/").replaceAll("/$", "") + "/config";
    }

    private Optional<String> versionTwo() {
        try {
            String key = configKey();
            return new EtcdHttp(settings()).versionTwo(key.startsWith("/") ? key : "/" + key);
        } catch (IOException | ConfigException e) {
            return Optional.empty(); // newer servers have no such API
        }
    }

    private EtcdSettings settings() {
        return Flanneld.etcdSettings(options.etcd, EtcdSettings.USUAL_LEASE_TIME, Duration.ofHours(1), true);
    }

    private Optional<Duration> ahead() {
        try (LeaseStore store = Flanneld.store(
                options,
                EtcdSettings.USUAL_LEASE_TIME,
                flannel.flannel().environment(),
                flannel.flannel().file(KubeSettings.SERVICE_ACCOUNT),
                new Board())) {
            return store.clock().map(then -> Duration.between(then, Instant.now()));
        } catch (IOException | ConfigException e) {
            return Optional.empty();
        }
    }
}

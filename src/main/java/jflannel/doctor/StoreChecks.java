package jflannel.doctor;

import java.time.Duration;
import java.util.stream.Stream;
import jflannel.inspect.Part;
import jflannel.kube.KubeLeases;

/// The store, and the network configuration in it.
final class StoreChecks {
    private static final Duration MOST_SKEW = Duration.ofSeconds(10);

    private StoreChecks() {}

    static Stream<Diagnosis> fault(Snapshot snapshot) {
        StoreCheck store = snapshot.store();
        Check check = switch (store.fault()) {
            case NONE, UNKNOWN -> null;
            case REFUSED -> Check.STORE_REFUSED;
            case SILENT -> Check.STORE_SILENT;
            case NAME -> Check.STORE_NAME;
            case TLS -> Check.STORE_TLS;
            case CERTIFICATE -> Check.STORE_CERTIFICATE;
            case CREDENTIALS -> Check.STORE_CREDENTIALS;
            case OTHER -> Check.STORE_FAULT;
        };
        if (check == null) {
            return Stream.empty();
        }
        boolean works = snapshot.flannel().subnetFile().value().isPresent();
        return Stream.of(Diagnosis.of(check, cause(check, snapshot))
                .seen("the client", store.words())
                .graded(works ? Grade.DEGRADED : Grade.BROKEN)
                .with("host", store.host())
                .with("port", store.port())
                .with("flag", flag(check, snapshot.isKubernetes())));
    }

    private static String cause(Check check, Snapshot snapshot) {
        String store = snapshot.isKubernetes() ? "the Kubernetes API" : "etcd";
        return switch (check) {
            case STORE_REFUSED -> store + " does not run where this node looks for it: the connection is refused";
            case STORE_SILENT ->
                store + " does not answer, nor is the connection refused: something drops the packets,"
                        + " or the server hangs";
            case STORE_NAME -> "the name of " + store + " has no address";
            case STORE_TLS -> store + " and its URL do not agree on TLS";
            case STORE_CERTIFICATE -> "this node does not trust the certificate of " + store;
            case STORE_CREDENTIALS -> store + " does not accept this node's credentials";
            default -> store + " cannot be read";
        };
    }

    private static String flag(Check check, boolean kubernetes) {
        return switch (check) {
            case STORE_CERTIFICATE -> kubernetes ? "certificate-authority of the kubeconfig" : "--etcd-cafile";
            case STORE_CREDENTIALS ->
                kubernetes
                        ? "the token of the service account, or its role"
                        : "--etcd-username and --etcd-password, or --etcd-certfile and --etcd-keyfile";
            default -> kubernetes ? "--kube-api-url" : "--etcd-endpoints";
        };
    }

    static Stream<Diagnosis> clock(Snapshot snapshot) {
        return snapshot.store().ahead().stream()
                .filter(ahead -> ahead.abs().compareTo(MOST_SKEW) >= 0)
                .map(ahead -> Diagnosis.of(
                                Check.CLOCK_SKEW,
                                "this host's clock is %s %s the store's: certificates and tokens may count as expired,"
                                                .formatted(
                                                        words(ahead.abs()), ahead.isNegative() ? "behind" : "ahead of")
                                        + " and logs do not match")
                        .seen("Date in the store's answer, beside this clock", ahead.toSeconds() + " s"));
    }

    private static String words(Duration span) {
        return span.toMinutes() < 2
                ? span.toSeconds() + " seconds"
                : span.toHours() < 2 ? span.toMinutes() + " minutes" : span.toHours() + " hours";
    }

    private static boolean hasNoKey(Snapshot snapshot) {
        return snapshot.store().config() == StoreCheck.Config.MISSING;
    }

    static Stream<Diagnosis> version2(Snapshot snapshot) {
        StoreCheck store = snapshot.store();
        return store.old().filter(_ -> hasNoKey(snapshot)).stream()
                .map(old -> Diagnosis.of(
                                Check.CONFIG_V2,
                                "the network configuration exists in etcd's API version 2 only, which flannel no longer"
                                        + " reads")
                        .seen("GET /v2/keys" + store.configKey(), old)
                        .seen("etcdctl get " + store.configKey(), "nothing")
                        .with("key", store.configKey())
                        .with("endpoint", snapshot.endpoint())
                        .with("value", old));
    }

    static Stream<Diagnosis> prefix(Snapshot snapshot) {
        StoreCheck store = snapshot.store();
        return store.similarKey().filter(_ -> hasNoKey(snapshot)).stream()
                .map(other -> Diagnosis.of(
                                Check.CONFIG_PREFIX,
                                "the network configuration is at %s, and flanneld reads %s"
                                        .formatted(other, store.configKey()))
                        .seen("etcdctl get " + store.configKey(), "nothing")
                        .seen("etcdctl get --prefix --keys-only ''", other)
                        .with("other", other)
                        .with("key", store.configKey())
                        .with("endpoint", snapshot.endpoint()));
    }

    static Stream<Diagnosis> missing(Snapshot snapshot) {
        StoreCheck store = snapshot.store();
        if (!hasNoKey(snapshot) || store.old().isPresent() || store.similarKey().isPresent()) {
            return Stream.empty();
        }
        return Stream.of(Diagnosis.of(Check.CONFIG_MISSING, "there is no network configuration")
                .seen(store.configKey(), store.words())
                .with("key", store.configKey())
                .with("endpoint", snapshot.endpoint()));
    }

    static Stream<Diagnosis> invalid(Snapshot snapshot) {
        StoreCheck store = snapshot.store();
        return store.config() != StoreCheck.Config.INVALID
                ? Stream.empty()
                : Stream.of(Diagnosis.of(Check.CONFIG_INVALID, "the network configuration cannot be used")
                        .seen(store.configKey(), store.words())
                        .with("key", store.configKey())
                        .with("endpoint", snapshot.endpoint()));
    }

    /// In Kubernetes, the store itself judges what it was told to give this node.
    static Stream<Diagnosis> podCidr(Snapshot snapshot) {
        boolean answers = snapshot.store().fault() == StoreCheck.Fault.NONE;
        if (!snapshot.isKubernetes()
                || !answers
                || snapshot.network().isEmpty()
                || !(snapshot.flannel().own() instanceof Part.Missing<?>(String why))
                || why.endsWith(KubeLeases.NOT_ANNOTATED)) {
            return Stream.empty();
        }
        return Stream.of(Diagnosis.of(
                        Check.POD_CIDR, "Kubernetes has given this node no podCIDR that is part of the pods' network")
                .seen("the Node object", why)
                .seen(
                        snapshot.network().get().where(),
                        "Network " + LeaseChecks.networks(snapshot.network().get())));
    }
}

package jflannel.etcd;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import jflannel.etcd.api.LeaseTimeToLiveResponse;
import jflannel.lease.Claim;
import jflannel.lease.ConfigException;
import jflannel.lease.NetworkConfig;
import jflannel.lease.StoredLease;

/// All that etcd has of a network, for an operator. Thread-safe.
public final class EtcdRecords implements AutoCloseable {
    /// How many etcd leases to ask about at a time; etcd has no call for all of them.
    private static final int AT_A_TIME = 16;

    final EtcdClient etcd;
    final SubnetDirectory directory;
    private final PolicyDirectory policies;

    /// @throws ConfigException if an endpoint is no URL, or a TLS file cannot be used
    public EtcdRecords(EtcdSettings settings) {
        etcd = new EtcdClient(settings);
        directory = new SubnetDirectory(etcd, settings.prefix());
        policies = new PolicyDirectory(etcd, settings.prefix());
    }

    /// @throws ConfigException if there is no configuration, or it cannot be used
    public NetworkConfig network() throws IOException {
        return directory
                .readConfig()
                .found()
                .map(entry -> NetworkConfig.parse(where(), entry.getValue().toStringUtf8()))
                .orElseThrow(() -> new MissingConfig(directory).exception(etcd.endpoint()));
    }

    public PolicyDirectory policies() {
        return policies;
    }

    String where() {
        return "etcd key " + directory.configKey();
    }

    /// All records, in the order of their names.
    public List<StoredLease> all(NetworkConfig network) throws IOException {
        List<SubnetRecord> records = directory.list().records();
        Map<Long, StoredLease.Term> terms = terms(records);
        return judged(network, records, terms);
    }

    private List<StoredLease> judged(
            NetworkConfig network, List<SubnetRecord> records, Map<Long, StoredLease.Term> terms) {
        List<Claim> claims = new ArrayList<>();
        Map<String, String> malformed = new HashMap<>();
        for (SubnetRecord record : records) {
            String problem = record.problem(network);
            if (problem.isEmpty()) {
                claims.add(record.claim(network));
            } else {
                malformed.put(record.name(), problem);
            }
        }
        StoredLease.Verdicts verdicts = new StoredLease.Verdicts(network, "lease", claims, malformed);
        return records.stream()
                .map(record -> verdicts.of(
                        record.name(),
                        record.cidrs(),
                        record.announced(),
                        malformed.containsKey(record.name())
                                ? Optional.empty()
                                : Optional.of(record.claim(network).lease()),
                        terms.get(record.etcdLease()),
                        origin(record)))
                .toList();
    }

    private Map<String, String> origin(SubnetRecord record) {
        Map<String, String> origin = new LinkedHashMap<>();
        origin.put("key", directory.key(record.name()));
        origin.put("created at revision", Long.toString(record.createRevision()));
        origin.put("written at revision", Long.toString(record.modRevision()));
        origin.put("etcd lease", record.isReservation() ? "none" : Long.toHexString(record.etcdLease()));
        origin.put(
                "value",
                record.value().isValidUtf8()
                        ? record.value().toStringUtf8()
                        : record.value().size() + " bytes, not text");
        return origin;
    }

    private Map<Long, StoredLease.Term> terms(List<SubnetRecord> records) throws IOException {
        Map<Long, Future<StoredLease.Term>> asked = new HashMap<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(AT_A_TIME)) {
            for (SubnetRecord record : records) {
                asked.computeIfAbsent(
                        record.etcdLease(), id -> threads.submit((Callable<StoredLease.Term>) () -> term(id)));
            }
            Map<Long, StoredLease.Term> terms = new HashMap<>();
            for (Map.Entry<Long, Future<StoredLease.Term>> each : asked.entrySet()) {
                terms.put(each.getKey(), each.getValue().get());
            }
            return terms;
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while asking etcd for the time that is left", e);
        }
    }

    StoredLease.Term term(long etcdLease) throws IOException {
        if (etcdLease == 0) {
            return new StoredLease.Term.Reserved();
        }
        LeaseTimeToLiveResponse time = etcd.timeToLive(etcdLease);
        return new StoredLease.Term.Renewed(time.getTTL(), time.getGrantedTTL());
    }

    @Override
    public void close() {
        etcd.close();
    }
}

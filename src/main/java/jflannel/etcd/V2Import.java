package jflannel.etcd;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import jflannel.etcd.api.KeyValue;
import jflannel.lease.Claim;
import jflannel.lease.ConfigException;
import jflannel.lease.NetworkConfig;
import jflannel.lease.StoredLease;

/// Turns what flannel up to v0.17 kept under etcd's API version 2 into keys of version 3. What version 3 has already
/// is never overwritten, so it may be run again after a failure, and goes on where it stopped.
///
/// The configuration is written last: hosts wait for it, and then find their leases.
public final class V2Import {
    /// etcd takes 128 operations in a transaction.
    private static final int AT_A_TIME = 100;

    private static final String CONFIG = "config";
    private static final String SUBNETS = "subnets/";

    private final EtcdRecords records;
    private final SubnetDirectory directory;
    private final V2Dump dump;
    private final String from;
    private final Instant now;

    /// @param where the dump is from, for messages
    /// @param from the prefix of its keys
    /// @throws ConfigException if the text is no dump
    public V2Import(EtcdRecords records, String where, String text, String from, Instant now) {
        this.records = records;
        this.directory = records.directory;
        this.dump = V2Dump.parse(where, text);
        this.from = "/" + from.strip().replaceAll("/{2,}", "/").replaceAll("^/|/$", "") + "/";
        this.now = now;
    }

    /// What becomes of a key.
    public enum Fate {
        /// It is to be written.
        WRITE,
        /// Version 3 has it.
        THERE,
        /// It has no use any more.
        DROPPED,
        /// It cannot be written: somebody has to look at it.
        REFUSED
    }

    /// @param key of version 3, or of the dump if there is none
    /// @param value to write
    /// @param seconds that it is to last; empty if it is to stay
    /// @param words what it is, or why it is not written
    public record Step(Fate fate, String key, String value, Optional<Long> seconds, String words) {
        boolean isConfig() {
            return key.endsWith("/" + CONFIG) || key.equals(CONFIG);
        }
    }

    /// Compares the dump with version 3, and writes nothing.
    public List<Step> plan() throws IOException {
        Optional<String> present =
                directory.readConfig().found().map(entry -> entry.getValue().toStringUtf8());
        Listing listing = directory.list();
        List<Step> steps = new ArrayList<>();
        Optional<NetworkConfig> network = Optional.empty();
        List<SubnetRecord> wanted = new ArrayList<>();
        Map<String, Optional<Long>> seconds = new HashMap<>();
        Set<String> names = new HashSet<>();
        for (V2Dump.Entry entry : dump.entries()) {
            String name = "/" + entry.key().replaceAll("^/+", "");
            name = name.startsWith(from) ? name.substring(from.length()) : "";
            if (name.equals(CONFIG)) {
                network = config(entry.value(), present, steps);
            } else if (!name.startsWith(SUBNETS) || !names.add(name)) {
                String why = name.isEmpty() ? "it is not below " + from : "it is no key of flannel's";
                steps.add(new Step(Fate.DROPPED, entry.key(), "", Optional.empty(), why));
            } else {
                Optional<Long> left = entry.secondsLeft(now);
                SubnetRecord record = record(name.substring(SUBNETS.length()), entry);
                if (left.isPresent() && left.get() <= 0) {
                    steps.add(step(Fate.DROPPED, record, left, "it ended %d minutes ago".formatted(-left.get() / 60)));
                } else {
                    wanted.add(record);
                    seconds.put(record.name(), left);
                }
            }
        }
        Optional<NetworkConfig> known =
                network.or(() -> present.map(text -> NetworkConfig.parse(records.where(), text)));
        List<Step> leases = leases(known, listing, wanted, seconds);
        leases.addAll(steps);
        return leases;
    }

    private Optional<NetworkConfig> config(String value, Optional<String> present, List<Step> steps) {
        String key = directory.configKey();
        if (present.isPresent() && !present.get().equals(value)) {
            steps.add(new Step(
                    Fate.REFUSED, key, value, Optional.empty(), "version 3 has another configuration, which stays"));
            return Optional.empty();
        }
        try {
            NetworkConfig network = NetworkConfig.parse("config in the dump", value);
            Fate fate = present.isPresent() ? Fate.THERE : Fate.WRITE;
            steps.add(new Step(fate, key, value, Optional.empty(), "the network configuration"));
            return Optional.of(network);
        } catch (ConfigException e) {
            steps.add(new Step(Fate.REFUSED, key, value, Optional.empty(), e.getMessage()));
            return Optional.empty();
        }
    }

    /// Of two records that conflict the older one counts, and whatever version 3 has is older than the dump.
    private static SubnetRecord record(String name, V2Dump.Entry entry) {
        return SubnetRecord.of(
                name,
                KeyValue.newBuilder()
                        .setValue(ByteString.copyFromUtf8(entry.value()))
                        .setCreateRevision(Long.MAX_VALUE / 2 + entry.created() % Integer.MAX_VALUE)
                        .build());
    }

    private List<Step> leases(
            Optional<NetworkConfig> network,
            Listing listing,
            List<SubnetRecord> wanted,
            Map<String, Optional<Long>> seconds) {
        Map<String, String> verdicts =
                network.map(it -> verdicts(it, listing, wanted)).orElse(Map.of());
        List<Step> steps = new ArrayList<>();
        for (SubnetRecord record : wanted) {
            Optional<Long> left = seconds.get(record.name());
            Optional<SubnetRecord> there = listing.named(record.name());
            String owner = (left.isPresent() ? "the lease of " : "a reservation for ") + record.holder();
            if (there.isPresent()) {
                boolean same = there.get().value().equals(record.value());
                steps.add(step(
                        same ? Fate.THERE : Fate.REFUSED,
                        record,
                        left,
                        same
                                ? owner
                                : "version 3 has it for %s, which stays"
                                        .formatted(there.get().holder())));
            } else {
                Optional<String> fault = Optional.of(record.problem())
                        .filter(problem -> !problem.isEmpty())
                        .or(() -> Optional.ofNullable(verdicts.get(record.name())));
                steps.add(step(fault.isPresent() ? Fate.REFUSED : Fate.WRITE, record, left, fault.orElse(owner)));
            }
        }
        return steps;
    }

    /// Why the hosts would ignore records of the dump beside those that version 3 has already.
    private static Map<String, String> verdicts(NetworkConfig network, Listing listing, List<SubnetRecord> wanted) {
        List<Claim> claims = new ArrayList<>();
        listing.records().stream()
                .filter(record -> record.problem(network).isEmpty())
                .map(record -> record.claim(network))
                .forEach(claims::add);
        Map<String, String> malformed = new HashMap<>();
        for (SubnetRecord record : wanted) {
            String problem = record.problem(network);
            if (!problem.isEmpty()) {
                malformed.put(record.name(), problem);
            } else if (listing.named(record.name()).isEmpty()) {
                claims.add(record.claim(network));
            }
        }
        StoredLease.Verdicts verdicts = new StoredLease.Verdicts(network, "lease", claims, malformed);
        return verdicts.faults();
    }

    private Step step(Fate fate, SubnetRecord record, Optional<Long> left, String words) {
        return new Step(fate, directory.key(record.name()), record.value().toStringUtf8(), left, words);
    }

    /// Writes what a plan says, unless version 3 has changed meanwhile.
    ///
    /// @throws IOException if it failed; what was written until then stays, and the next plan finds it
    public void apply(List<Step> plan) throws IOException {
        List<Step> leases = plan.stream()
                .filter(step -> step.fate() == Fate.WRITE && !step.isConfig())
                .toList();
        long revision = directory.list().position().revision();
        for (int at = 0; at < leases.size(); at += AT_A_TIME) {
            revision = write(leases.subList(at, Math.min(leases.size(), at + AT_A_TIME)), revision);
        }
        for (Step step : plan) {
            if (step.fate() == Fate.WRITE && step.isConfig()) {
                committed(directory
                        .change()
                        .ifConfigIsOf(0)
                        .putConfig(ByteString.copyFromUtf8(step.value()))
                        .commit());
            }
        }
    }

    private long write(List<Step> steps, long revision) throws IOException {
        List<Long> granted = new ArrayList<>();
        boolean written = false;
        try {
            SubnetDirectory.Change change = directory.change().ifNoneCreatedAfter(revision);
            for (Step step : steps) {
                long lease = 0;
                if (step.seconds().isPresent()) {
                    lease = records.etcd.grant(step.seconds().get()).getID();
                    granted.add(lease);
                }
                String name = step.key().substring(directory.key("").length());
                change.ifNoneBeginsWith(name).put(name, ByteString.copyFromUtf8(step.value()), lease);
            }
            long at = committed(change.commit());
            written = true;
            return at;
        } finally {
            if (!written) {
                for (long lease : granted) {
                    records.etcd.revoke(lease);
                }
            }
        }
    }

    private static long committed(OptionalLong revision) throws IOException {
        return revision.orElseThrow(() -> new IOException(
                "somebody else wrote to the store at the same moment; run it again, and it goes on from here"));
    }
}

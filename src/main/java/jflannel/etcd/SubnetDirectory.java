package jflannel.etcd;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import jflannel.etcd.api.Compare;
import jflannel.etcd.api.Compare.CompareResult;
import jflannel.etcd.api.Compare.CompareTarget;
import jflannel.etcd.api.DeleteRangeRequest;
import jflannel.etcd.api.KeyValue;
import jflannel.etcd.api.PutRequest;
import jflannel.etcd.api.RangeRequest;
import jflannel.etcd.api.RangeResponse;
import jflannel.etcd.api.RequestOp;
import jflannel.etcd.api.TxnRequest;
import jflannel.etcd.api.TxnResponse;

/// The keys of one network: `<prefix>/config`, and a key for each lease in `<prefix>/subnets/`.
final class SubnetDirectory {
    private static final int MOST_KEYS = 1_000;

    private final EtcdClient etcd;
    private final String config;
    private final String directory;

    /// @param prefix with or without a slash at the end; a leading slash is part of the keys
    SubnetDirectory(EtcdClient etcd, String prefix) {
        this.etcd = etcd;
        String clean = prefix.strip().replaceAll("/{2,}", "/").replaceAll("/$", "");
        String base = clean.isEmpty() && !prefix.startsWith("/") ? "" : clean + "/";
        this.config = base + "config";
        this.directory = base + "subnets/";
    }

    String configKey() {
        return config;
    }

    /// The keys of something else of the network.
    ///
    /// @param name with a slash at the end
    String sibling(String name) {
        return config.substring(0, config.length() - "config".length()) + name;
    }

    String key(String name) {
        return directory + name;
    }

    /// The configuration's key, if it exists.
    ///
    /// @param revision of the store when it was read
    record ConfigEntry(Optional<KeyValue> found, long revision) {}

    ConfigEntry readConfig() throws IOException {
        RangeResponse response =
                etcd.range(RangeRequest.newBuilder().setKey(bytes(config)).build());
        return new ConfigEntry(
                response.getKvsList().stream().findFirst(), response.getHeader().getRevision());
    }

    /// Names of the first keys of the whole store, in order, whether this network's or not.
    List<String> someKeys() throws IOException {
        RangeRequest all = RangeRequest.newBuilder()
                .setKey(bytes("\0"))
                .setRangeEnd(bytes("\0"))
                .setKeysOnly(true)
                .setLimit(MOST_KEYS)
                .build();
        return etcd.range(all).getKvsList().stream()
                .map(entry -> entry.getKey().toStringUtf8())
                .toList();
    }

    /// Lists everything in one read.
    Listing list() throws IOException {
        TxnResponse response = etcd.transact(TxnRequest.newBuilder()
                .addSuccess(RequestOp.newBuilder()
                        .setRequestRange(
                                RangeRequest.newBuilder().setKey(bytes(config)).setKeysOnly(true)))
                .addSuccess(RequestOp.newBuilder()
                        .setRequestRange(RangeRequest.newBuilder()
                                .setKey(bytes(directory))
                                .setRangeEnd(end(directory))))
                .build());
        RangeResponse configured = response.getResponses(0).getResponseRange();
        return new Listing(
                StorePosition.of(response.getHeader()),
                configured.getKvsCount() == 0 ? 0 : configured.getKvs(0).getModRevision(),
                response.getResponses(1).getResponseRange().getKvsList().stream()
                        .map(this::record)
                        .toList());
    }

    /// Reads one key, and the position of the store.
    Listing read(String name) throws IOException {
        RangeResponse response =
                etcd.range(RangeRequest.newBuilder().setKey(bytes(key(name))).build());
        return new Listing(
                StorePosition.of(response.getHeader()),
                0,
                response.getKvsList().stream().map(this::record).toList());
    }

    WatchStream watch(long fromRevision) throws IOException {
        return etcd.watch(bytes(directory), end(directory), fromRevision);
    }

    WatchStream watchConfig(long fromRevision) throws IOException {
        return etcd.watch(bytes(config), bytes(config + "\0"), fromRevision); // the smallest key after this one
    }

    /// @param entry a key of this directory
    SubnetRecord record(KeyValue entry) {
        return SubnetRecord.of(entry.getKey().toStringUtf8().substring(directory.length()), entry);
    }

    /// Starts an atomic change of several keys.
    Change change() {
        return new Change();
    }

    /// Conditions, and what to write if all of them hold.
    final class Change {
        private final TxnRequest.Builder request = TxnRequest.newBuilder();

        /// Only if the key has not been written or deleted since it was read.
        Change ifUnchanged(SubnetRecord record) {
            return condition(compare(CompareTarget.MOD, key(record.name())).setModRevision(record.modRevision()));
        }

        /// Only if no key begins with this name. Equal blocks of one family have equal names.
        Change ifNoneBeginsWith(String name) {
            return condition(compare(CompareTarget.VERSION, key(name))
                    .setRangeEnd(end(key(name)))
                    .setVersion(0));
        }

        /// Only if no key has been created since the store was read.
        Change ifNoneCreatedAfter(long revision) {
            return condition(compare(CompareTarget.CREATE, directory)
                    .setRangeEnd(end(directory))
                    .setResult(CompareResult.LESS)
                    .setCreateRevision(revision + 1));
        }

        /// Only if the configuration has not been written since then.
        ///
        /// @param revision of the configuration; 0 if there must be none
        Change ifConfigIsOf(long revision) {
            return condition(compare(CompareTarget.MOD, config).setModRevision(revision));
        }

        /// @param etcdLease to attach the key to; 0 to keep it until it is deleted
        Change put(String name, ByteString value, long etcdLease) {
            request.addSuccess(RequestOp.newBuilder()
                    .setRequestPut(PutRequest.newBuilder()
                            .setKey(bytes(key(name)))
                            .setValue(value)
                            .setLease(etcdLease)));
            return this;
        }

        Change putConfig(ByteString value) {
            request.addSuccess(RequestOp.newBuilder()
                    .setRequestPut(PutRequest.newBuilder().setKey(bytes(config)).setValue(value)));
            return this;
        }

        Change delete(SubnetRecord record) {
            request.addSuccess(RequestOp.newBuilder()
                    .setRequestDeleteRange(DeleteRangeRequest.newBuilder().setKey(bytes(key(record.name())))));
            return ifUnchanged(record);
        }

        /// @return the revision of the change; empty if a condition did not hold, so that nothing changed
        OptionalLong commit() throws IOException {
            TxnResponse response = etcd.transact(request.build());
            return response.getSucceeded()
                    ? OptionalLong.of(response.getHeader().getRevision())
                    : OptionalLong.empty();
        }

        private Change condition(Compare.Builder compare) {
            request.addCompare(compare);
            return this;
        }
    }

    private static Compare.Builder compare(CompareTarget target, String key) {
        return Compare.newBuilder()
                .setTarget(target)
                .setResult(CompareResult.EQUAL)
                .setKey(bytes(key));
    }

    private static ByteString bytes(String key) {
        return ByteString.copyFromUtf8(key);
    }

    /// The first key after all keys that begin with `prefix`. No prefix here ends with the byte 0xff.
    private static ByteString end(String prefix) {
        byte[] bytes = bytes(prefix).toByteArray();
        bytes[bytes.length - 1]++;
        return ByteString.copyFrom(bytes);
    }
}

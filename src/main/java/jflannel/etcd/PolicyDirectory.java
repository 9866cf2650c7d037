package jflannel.etcd;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import jflannel.etcd.api.DeleteRangeRequest;
import jflannel.etcd.api.KeyValue;
import jflannel.etcd.api.PutRequest;
import jflannel.etcd.api.RangeRequest;
import jflannel.etcd.api.RangeResponse;
import jflannel.etcd.api.RequestOp;
import jflannel.etcd.api.TxnRequest;

/// The keys of a network's policies: `<prefix>/policies/<name>`, each with a NetworkPolicy as JSON.
public final class PolicyDirectory {
    private final EtcdClient etcd;
    private final String directory;

    PolicyDirectory(EtcdClient etcd, String prefix) {
        this.etcd = etcd;
        this.directory = new SubnetDirectory(etcd, prefix).sibling("policies/");
    }

    /// All policies at one moment.
    ///
    /// @param texts by the names of their keys
    record Listing(Map<String, String> texts, long revision) {}

    Listing list() throws IOException {
        RangeResponse response = etcd.range(RangeRequest.newBuilder()
                .setKey(bytes(directory))
                .setRangeEnd(end())
                .build());
        Map<String, String> texts = new TreeMap<>();
        for (KeyValue entry : response.getKvsList()) {
            texts.put(name(entry), entry.getValue().toStringUtf8());
        }
        return new Listing(texts, response.getHeader().getRevision());
    }

    WatchStream watch(long fromRevision) throws IOException {
        return etcd.watch(bytes(directory), end(), fromRevision);
    }

    /// @param entry a key of this directory
    String name(KeyValue entry) {
        return entry.getKey().toStringUtf8().substring(directory.length());
    }

    String key(String name) {
        return directory + name;
    }

    /// All policies by their names, as JSON.
    public Map<String, String> texts() throws IOException {
        return list().texts();
    }

    public void put(String name, String json) throws IOException {
        etcd.transact(TxnRequest.newBuilder()
                .addSuccess(RequestOp.newBuilder()
                        .setRequestPut(PutRequest.newBuilder()
                                .setKey(bytes(key(name)))
                                .setValue(ByteString.copyFromUtf8(json))))
                .build());
    }

    /// @return false if there was none
    public boolean delete(String name) throws IOException {
        return etcd.transact(TxnRequest.newBuilder()
                                .addSuccess(RequestOp.newBuilder()
                                        .setRequestDeleteRange(
                                                DeleteRangeRequest.newBuilder().setKey(bytes(key(name)))))
                                .build())
                        .getResponses(0)
                        .getResponseDeleteRange()
                        .getDeleted()
                > 0;
    }

    /// The end of the range of all keys that begin with the directory: its last byte, a slash, plus one.
    private ByteString end() {
        return bytes(directory.substring(0, directory.length() - 1) + "0");
    }

    private static ByteString bytes(String text) {
        return ByteString.copyFromUtf8(text);
    }
}

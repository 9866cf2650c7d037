package jflannel.etcd;

import com.google.protobuf.ByteString;
import jflannel.etcd.api.KeyValue;
import jflannel.lease.NetworkConfig;

/// Keys as a store would hold them, for tests without one.
final class Records {
    static final NetworkConfig V4 = NetworkConfig.parse("test", "{\"Network\":\"10.5.0.0/16\"}");
    static final NetworkConfig DUAL = NetworkConfig.parse(
            "test", "{\"Network\":\"10.5.0.0/16\",\"EnableIPv6\":true,\"IPv6Network\":\"fd00:5::/48\"}");

    private Records() {}

    /// A lease of the node with this address, created and last written at `revision`.
    static SubnetRecord lease(String name, String publicIp, long revision) {
        return record(name, "{\"PublicIP\":\"" + publicIp + "\"}", 7, revision, revision);
    }

    static SubnetRecord reservation(String name, String publicIp, long revision) {
        return record(name, "{\"PublicIP\":\"" + publicIp + "\"}", 0, revision, revision);
    }

    static SubnetRecord record(String name, String value, long etcdLease, long created, long modified) {
        return SubnetRecord.of(
                name,
                KeyValue.newBuilder()
                        .setValue(ByteString.copyFromUtf8(value))
                        .setLease(etcdLease)
                        .setCreateRevision(created)
                        .setModRevision(modified)
                        .build());
    }
}

package jflannel.etcd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.List;
import jflannel.etcd.api.KeyValue;
import jflannel.etcd.api.WatchResponse;
import jflannel.lease.NetworkConfig;

/// A key that anybody may have written is a record, with a problem if need be, and never an exception.
class RecordFuzzTest {
    private static final NetworkConfig NETWORK = NetworkConfig.parse("here", """
            {"Network":"10.5.0.0/16","EnableIPv6":true,"IPv6Network":"fd00:5::/48"}""");

    /// The first line is the name, the rest the value.
    @FuzzTest
    void record(byte[] data) {
        int end = 0;
        while (end < data.length && data[end] != '\n') {
            end++;
        }
        ByteString value =
                end == data.length ? ByteString.EMPTY : ByteString.copyFrom(data, end + 1, data.length - end - 1);
        record(new String(data, 0, end, UTF_8), value);
    }

    /// A message of etcd's, which may be of any length and content.
    @FuzzTest
    void watchResponse(byte[] data) {
        try {
            WatchResponse.parseFrom(data)
                    .getEventsList()
                    .forEach(event -> record(
                            event.getKv().getKey().toStringUtf8(), event.getKv().getValue()));
        } catch (InvalidProtocolBufferException e) {
            assertThat(e).hasMessageNotContaining("null");
        }
    }

    private static void record(String name, ByteString value) {
        SubnetRecord record = SubnetRecord.of(
                name, KeyValue.newBuilder().setValue(value).setModRevision(7).build());
        assertThat(record.announced().isPresent()).isEqualTo(record.problem().isEmpty());
        assertThat(record.problem()).doesNotContainPattern("\\p{Cntrl}").hasSizeLessThan(300);
        assertThat(record.holder()).isNotBlank();
        assertThat(record.within(NETWORK)).isSubsetOf(record.cidrs());
        new PeerView(NETWORK, record.announced().orElse(Nobody.ANNOUNCED), List.of()).put(record);
    }

    /// This node, where the record is not its own.
    private static final class Nobody {
        static final jflannel.lease.Announcement ANNOUNCED = new jflannel.lease.Announcement(
                java.util.Map.of(jflannel.ip.Family.IPV4, jflannel.ip.Ip.parse("192.0.2.1")),
                "vxlan",
                java.util.Map.of());
    }
}

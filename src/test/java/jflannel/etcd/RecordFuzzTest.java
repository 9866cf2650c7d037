package jflannel.etcd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.List;
import java.util.Map;
import jflannel.etcd.api.Event;
import jflannel.etcd.api.KeyValue;
import jflannel.etcd.api.WatchResponse;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.lease.Announcement;
import jflannel.lease.LeaseEvent;
import jflannel.lease.NetworkConfig;
import jflannel.lease.Peers;
import jflannel.status.Board;
import jflannel.testing.Believed;

/// A key that anybody may have written is a record, with a problem if need be, and never an exception.
class RecordFuzzTest {
    private static final NetworkConfig NETWORK = NetworkConfig.parse("here", """
            {"Network":"10.5.0.0/16","EnableIPv6":true,"IPv6Network":"fd00:5::/48"}""");

    private static final Announcement ME =
            new Announcement(Map.of(Family.IPV4, Ip.parse("192.0.2.1")), "vxlan", Map.of());

    private static final List<Cidr> OWN = List.of(Cidr.parse("10.5.1.0/24"));

    /// The first line is the name, the rest the value.
    @FuzzTest
    void record(byte[] data) {
        int end = 0;
        while (end < data.length && data[end] != '\n') {
            end++;
        }
        ByteString value =
                end == data.length ? ByteString.EMPTY : ByteString.copyFrom(data, end + 1, data.length - end - 1);
        KeyValue entry = KeyValue.newBuilder().setValue(value).setModRevision(7).build();
        SubnetRecord record = record(new String(data, 0, end, UTF_8), entry);
        new PeerView(NETWORK, record.announced().orElse(ME), OWN, new Board()).put(record);
    }

    /// A message of etcd's, which may be of any length and content. Its events are taken one after the other; a list
    /// of what there is in the end must say the same.
    @FuzzTest
    void watchResponse(byte[] data) {
        PeerView view = new PeerView(NETWORK, ME, OWN, new Board());
        Peers peers = Believed.NOBODY;
        try {
            for (Event event : WatchResponse.parseFrom(data).getEventsList()) {
                String name = event.getKv().getKey().toStringUtf8();
                SubnetRecord record = record(name, event.getKv());
                boolean gone = event.getType() != Event.EventType.PUT;
                for (LeaseEvent change : gone ? view.remove(name, record.modRevision()) : view.put(record)) {
                    peers = Believed.after(peers, change);
                }
            }
        } catch (InvalidProtocolBufferException e) {
            assertThat(e).hasMessageNotContaining("null");
        }
        assertThat(new PeerView(NETWORK, ME, OWN, new Board())
                        .reset(view.records())
                        .all())
                .containsExactlyInAnyOrderElementsOf(peers.leases());
    }

    private static SubnetRecord record(String name, KeyValue entry) {
        SubnetRecord record = SubnetRecord.of(name, entry);
        assertThat(record.announced().isPresent()).isEqualTo(record.problem().isEmpty());
        assertThat(record.problem()).doesNotContainPattern("\\p{Cntrl}").hasSizeLessThan(300);
        assertThat(record.holder()).isNotBlank();
        assertThat(record.within(NETWORK)).isSubsetOf(record.cidrs());
        return record;
    }
}

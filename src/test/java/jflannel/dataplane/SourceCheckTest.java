package jflannel.dataplane;

import static jflannel.packet.Packets.UDP;
import static jflannel.packet.Packets.v4;
import static jflannel.packet.Packets.v6;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.packet.Packets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SourceCheckTest {
    private static final AtomicReference<PeerTable> PEERS = new AtomicReference<>(PeerTable.of(Map.of(
            Cidr.parse("10.5.2.0/24"), new Endpoint(Ip.parse("192.0.2.2"), 8285),
            Cidr.parse("fd05:2::/64"), new Endpoint(Ip.parse("192.0.2.2"), 8285),
            Cidr.parse("10.5.3.0/24"), new Endpoint(Ip.parse("192.0.2.3"), 8285),
            Cidr.parse("10.5.4.0/24"), new Endpoint(Ip.parse("2001:db8::4"), 8285))));

    @ParameterizedTest(name = "from {1}: {0}")
    @CsvSource(useHeadersInDisplayName = true, delimiter = '|', textBlock = """
            inner source | outer source | let in
            10.5.2.9     | 192.0.2.2    | true
            10.5.2.0     | 192.0.2.2    | true
            fd05:2::9    | 192.0.2.2    | true
            10.5.4.9     | 2001:db8::4  | true
            192.0.2.2    | 192.0.2.2    | true
            2001:db8::4  | 2001:db8::4  | true
            10.5.2.9     | 192.0.2.3    | false
            10.5.2.9     | 192.0.2.99   | false
            10.5.2.9     | 2001:db8::4  | false
            10.5.4.9     | 192.0.2.2    | false
            10.5.9.9     | 192.0.2.2    | false
            192.0.2.3    | 192.0.2.2    | false
            192.0.2.99   | 192.0.2.99   | false
            fd05:3::9    | 192.0.2.2    | false
            203.0.113.1  | 192.0.2.2    | false
            """)
    void aPacketComesFromThePeerThatOwnsItsSource(String inner, String outer, boolean allowed) {
        assertThat(allows(PEERS, inner, outer, 8285)).isEqualTo(allowed);
    }

    @Test
    void thePortDoesNotMatter() {
        assertThat(allows(PEERS, "10.5.2.9", "192.0.2.2", 40_000)).isTrue();
    }

    @Test
    void aNewTableCountsFromTheNextPacketOn() {
        AtomicReference<PeerTable> peers = new AtomicReference<>(PeerTable.EMPTY);
        assertThat(allows(peers, "10.5.2.9", "192.0.2.7", 8285)).isFalse();
        peers.set(PeerTable.of(Map.of(Cidr.parse("10.5.2.0/24"), new Endpoint(Ip.parse("192.0.2.7"), 8285))));
        assertThat(allows(peers, "10.5.2.9", "192.0.2.7", 8285)).isTrue();
    }

    private static boolean allows(AtomicReference<PeerTable> peers, String inner, String outer, int port) {
        try (Arena arena = Arena.ofConfined()) {
            Ip from = Ip.parse(outer);
            byte[] packet = inner.contains(":") ? v6(inner, "fd05:1::1", 9, UDP) : v4(inner, "10.5.1.1", 9, UDP);
            SourceCheck check = new SourceCheck(peers, from.family());
            MemorySegment senders = arena.allocate(64);
            SocketAddress.write(senders, 32, from, port);
            check.sender(senders, 32);
            Family family = Ip.parse(inner).family();
            return check.allows(family, Packets.in(arena, packet, 3), 3);
        }
    }
}

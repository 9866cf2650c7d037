package jflannel.packet;

import static jflannel.packet.Packets.ICMP;
import static jflannel.packet.Packets.TCP;
import static jflannel.packet.Packets.bytes;
import static jflannel.packet.Packets.v4;
import static jflannel.packet.Packets.v6;
import static jflannel.packet.Packets.with;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Set;
import jflannel.packet.Packets.Flow;
import org.junit.jupiter.api.Test;

class FlowHashTest {
    private static int hash(byte[] packet) {
        MemorySegment segment = MemorySegment.ofArray(packet);
        return FlowHash.of(IpPacket.family(segment, 0, packet.length), segment, 0, packet.length, 1024);
    }

    @Test
    void packetsOfOneFlowShareIt() {
        assertThat(hash(Packets.tcp(Flow.V4, 1, 2, 16, new byte[0], bytes(1, 2))))
                .isEqualTo(hash(Packets.tcp(Flow.V4, 9, 8, 24, new byte[8], new byte[900])));
        assertThat(hash(Packets.udp(Flow.V6, 1, bytes(1)))).isEqualTo(hash(Packets.udp(Flow.V6, 1, new byte[90])));
    }

    @Test
    void differentFlowsHardlyEverDo() {
        Set<Integer> hashes = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            Flow v4 = new Flow("10.5.1." + i, "10.5.2.2", 3000, 80, 1);
            Flow v6 = new Flow("fd05:1::2", "fd05:2::" + i, 3000, 80, 1);
            Flow port = new Flow("10.5.1.2", "10.5.2.2", 3000 + i, 80, 1);
            hashes.add(hash(Packets.udp(v4, 1)));
            hashes.add(hash(Packets.udp(v6, 1)));
            hashes.add(hash(Packets.udp(port, 1)));
            hashes.add(hash(Packets.tcp(port, 1, 1, 16, new byte[0])));
        }
        assertThat(hashes).hasSizeGreaterThan(300);
    }

    @Test
    void whatShowsNoPortsIsUnknown() {
        byte[] fragment = with(Packets.udp(Flow.V4, 1, bytes(1)), 7, 1);
        assertThat(hash(Packets.sealed(fragment))).isEqualTo(FlowHash.UNKNOWN);
        assertThat(hash(v4("10.5.1.2", "10.5.2.2", 9, TCP, bytes(1, 2, 3)))).isEqualTo(FlowHash.UNKNOWN);
        assertThat(hash(v6("fd05:1::2", "fd05:2::2", 9, TCP))).isEqualTo(FlowHash.UNKNOWN);
        assertThat(hash(v4("10.5.1.2", "10.5.2.2", 9, ICMP))).isNotEqualTo(FlowHash.UNKNOWN);
    }
}

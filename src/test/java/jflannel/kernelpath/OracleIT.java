package jflannel.kernelpath;

import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jflannel.bpf.BpfProgram;
import jflannel.dataplane.SlowPath;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.packet.Packets;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The programs against the daemon's loops: what a program decides by itself, the loops decide alike, byte for byte.
@ExtendWith(OwnNetns.class)
class OracleIT {
    private static final int PORT = 8285;
    private static final int PACKETS = Integer.getInteger("jflannel.oracle.packets", 3000);
    /// Its node does not take the kernel's packets.
    private static final Cidr PLAIN = Cidr.parse("10.5.4.0/24");
    private static final int PASSED = -1;
    private static final int DROPPED = 2;
    private static final int REDIRECTED = 7;

    @TempDir
    Path directory;

    private Ip local;
    private Ip peer;
    private Ip other;
    private Map<Cidr, Ip> subnets;
    private Tables tables;
    private final Shapes shapes = new Shapes(
            11,
            List.of("10.5.2.7", "10.5.3.7", "10.5.3.200", "10.5.9.1", "224.0.0.5", "127.0.0.2", "10.5.4.4"),
            List.of("fd05:2::7", "fd05:3::7", "fd05:9::1", "ff02::5", "fd00::2", "fd05:4::4"));

    private void nodes(Family outer) throws IOException, InterruptedException {
        if (outer == Family.IPV6) {
            sh("for i in 2 3; do ip addr add fd00::$i/128 dev lo nodad; done");
        }
        local = Ip.parse(outer == Family.IPV4 ? "127.0.0.1" : "::1");
        peer = Ip.parse(outer == Family.IPV4 ? "127.0.0.2" : "fd00::2");
        other = Ip.parse(outer == Family.IPV4 ? "127.0.0.3" : "fd00::3");
        subnets = Map.of(
                Cidr.parse("10.5.2.0/24"),
                peer,
                Cidr.parse("10.5.3.0/24"),
                other,
                Cidr.parse("10.5.3.128/25"),
                peer, // the narrowest counts
                PLAIN,
                peer,
                Cidr.parse("fd05:2::/64"),
                peer,
                Cidr.parse("fd05:3::/64"),
                other);
        tables = Tables.create();
        Map<Cidr, KernelPeer> peers = new HashMap<>();
        subnets.forEach((cidr, ip) -> peers.put(cidr, new KernelPeer(ip, 1400, !cidr.equals(PLAIN))));
        tables.replace(peers);
    }

    private Settings settings() {
        return new Settings(7, List.of(new Settings.Uplink(2, local)), PORT, true);
    }

    @ParameterizedTest
    @EnumSource
    void whatLeavesByTheKernelTheDaemonWouldHaveSentAlike(Family outer) throws Exception {
        nodes(outer);
        int[] verdicts = new int[256];
        try (SlowPath slow = new SlowPath(directory, local, subnets);
                BpfProgram egress =
                        BpfProgram.load("egress", new Egress(settings(), tables, Wire.ETHERNET_BYTES).code())) {
            for (int i = 0; i < PACKETS; i++) {
                byte[] packet = shapes.packet();
                Family inner = packet[0] >> 4 == 4 ? Family.IPV4 : Family.IPV6;
                if (packet.length < inner.headerBytes()) {
                    continue; // a test run takes no such packet
                }
                byte[] before = frame(inner, packet);
                BpfProgram.Result result = egress.run(before, 0);
                verdicts[result.verdict() & 0xff]++;
                if (result.verdict() != REDIRECTED) {
                    assertThat(result.verdict()).isEqualTo(PASSED);
                    assertThat(result.packet()).isEqualTo(before);
                    continue;
                }
                Optional<SlowPath.Sent> sent = slow.send(packet);
                assertThat(sent).as(HexFormat.of().formatHex(packet)).isPresent();
                assertDatagram(outer, result.packet(), sent.get());
            }
        }
        assertThat(verdicts[REDIRECTED]).isGreaterThan(PACKETS / 10);
        assertThat(verdicts[PASSED & 0xff]).isGreaterThan(PACKETS / 10);
    }

    private void assertDatagram(Family outer, byte[] frame, SlowPath.Sent sent) {
        int ip = Wire.ETHERNET_BYTES;
        int udp = ip + outer.headerBytes();
        ByteBuffer bytes = ByteBuffer.wrap(frame);
        assertThat(Arrays.copyOfRange(frame, udp + 8, frame.length)).isEqualTo(sent.payload());
        if (outer == Family.IPV4) {
            assertThat(Short.toUnsignedInt(bytes.getShort(ip + 2))).isEqualTo(frame.length - ip);
            assertThat(Packets.checksum(frame, ip, 20)).isZero();
            assertThat(bytes.getLong(ip + 8) >>> 48).isEqualTo(64 << 8 | 17);
        } else {
            assertThat(bytes.getInt(ip)).isEqualTo(0x60000000);
            assertThat(bytes.getInt(ip + 4)).isEqualTo((frame.length - udp) << 16 | 17 << 8 | 64);
        }
        int source = outer == Family.IPV4 ? 12 : 8;
        int size = outer.bytes();
        assertThat(Ip.of(Arrays.copyOfRange(frame, ip + source, ip + source + size)))
                .isEqualTo(local);
        assertThat(Ip.of(Arrays.copyOfRange(frame, ip + source + size, ip + source + 2 * size)))
                .isEqualTo(sent.to());
        assertThat(Short.toUnsignedInt(bytes.getShort(udp))).isBetween(0xc000, 0xffff);
        assertThat(bytes.getShort(udp + 2)).isEqualTo((short) PORT);
        assertThat(Short.toUnsignedInt(bytes.getShort(udp + 4))).isEqualTo(frame.length - udp);
        assertThat(bytes.getShort(udp + 6)).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void whatArrivesByTheKernelTheDaemonWouldHaveLetInAlike(Family outer) throws Exception {
        nodes(outer);
        int[] verdicts = new int[256];
        try (SlowPath slow = new SlowPath(directory, local, subnets);
                BpfProgram ingress = BpfProgram.load("ingress", new Ingress(settings(), tables).code())) {
            for (int i = 0; i < PACKETS; i++) {
                byte[] packet = shapes.packet();
                Ip from = i % 3 == 0 ? other : peer;
                byte[] before = frame(outer, datagram(from, packet));
                BpfProgram.Result result = ingress.run(before, 0);
                verdicts[result.verdict() & 0xff]++;
                if (result.verdict() == PASSED) {
                    assertThat(result.packet()).isEqualTo(before);
                    continue;
                }
                Optional<byte[]> received = slow.receive(from, packet);
                String words = from + " " + HexFormat.of().formatHex(packet);
                if (result.verdict() == DROPPED) {
                    assertThat(received).as(words).isEmpty();
                } else {
                    byte[] after = Arrays.copyOfRange(result.packet(), Wire.ETHERNET_BYTES, result.packet().length);
                    assertThat(received).as(words).contains(after);
                }
            }
        }
        assertThat(verdicts[REDIRECTED]).isGreaterThan(PACKETS / 20);
        assertThat(verdicts[DROPPED]).isGreaterThan(PACKETS / 20);
        assertThat(verdicts[PASSED & 0xff]).isGreaterThan(PACKETS / 20);
        assertThat(tables.tally().all().receivedPackets()).isEqualTo(verdicts[REDIRECTED]);
        assertThat(tables.tally().wrongSource()).isEqualTo(verdicts[DROPPED]);
        assertThat(tables.tally().all().wrongSource()).isEqualTo(verdicts[DROPPED]);
        Map<Ip, Counts> byHost = tables.byHost();
        assertThat(byHost).containsOnlyKeys(peer, other);
        assertThat(byHost.values()).extracting(Counts::receivedPackets).doesNotContain(0L);
        assertThat(byHost.values().stream().mapToLong(Counts::receivedPackets).sum())
                .isEqualTo(verdicts[REDIRECTED]);
    }

    private byte[] datagram(Ip from, byte[] payload) {
        byte[] udp = ByteBuffer.allocate(8 + payload.length)
                .putInt(0xc123 << 16 | PORT)
                .putInt((8 + payload.length) << 16)
                .put(payload)
                .array();
        return local.family() == Family.IPV4
                ? Packets.v4(from.toString(), local.toString(), 64, 17, udp)
                : Packets.v6(from.toString(), local.toString(), 64, 17, udp);
    }

    private static byte[] frame(Family family, byte[] packet) {
        return ByteBuffer.allocate(Wire.ETHERNET_BYTES + packet.length)
                .putShort(12, (short) family.etherType())
                .put(14, packet)
                .array();
    }
}

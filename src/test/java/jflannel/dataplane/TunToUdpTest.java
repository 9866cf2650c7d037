package jflannel.dataplane;

import static jflannel.packet.Packets.ICMP;
import static jflannel.packet.Packets.UDP;
import static jflannel.packet.Packets.bytes;
import static jflannel.packet.Packets.tcp;
import static jflannel.packet.Packets.udp;
import static jflannel.packet.Packets.v4;
import static jflannel.packet.Packets.v6;
import static jflannel.packet.Packets.with;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.linux.Fd;
import jflannel.linux.Libc;
import jflannel.packet.Cut;
import jflannel.packet.Packets;
import jflannel.packet.Packets.Flow;
import jflannel.packet.SegmentationTest;
import jflannel.packet.VirtioHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// The loop's decisions on single packets, with a peer on the loopback device.
class TunToUdpTest {
    private static final byte[] TO_PEER = v4("10.5.1.2", "10.5.2.2", 64, UDP, new byte[12]);
    private static final byte[] TO_PEER_V6 = v6("fd05:1::2", "fd05:2::2", 64, UDP, new byte[12]);

    private final Counters counters = new Counters();
    private final List<byte[]> icmp = new ArrayList<>();
    private DatagramSocket peer;
    private UdpSocket socket;
    private Fd tun;
    private StopSignal stop;
    private PathMtu pathMtu;
    private TunToUdp loop;

    @BeforeEach
    void open() throws IOException {
        Ip loopback = Ip.parse("127.0.0.1");
        peer = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"));
        peer.setSoTimeout(5_000);
        socket = UdpSocket.open(loopback, 0, false);
        tun = Libc.eventfd(); // never read here
        stop = new StopSignal("test");
        pathMtu = new PathMtu(List.of(loopback));
        Endpoint known = new Endpoint(loopback, peer.getLocalPort());
        Endpoint overV6 = new Endpoint(Ip.parse("2001:db8::3"), 8285);
        PeerTable peers = PeerTable.of(Map.of(
                Cidr.parse("10.5.2.0/24"), known,
                Cidr.parse("fd05:2::/64"), known,
                Cidr.parse("10.5.3.0/24"), overV6));
        Map<Family, Ip> sources = Map.of(Family.IPV4, Ip.parse("10.5.1.0"), Family.IPV6, Ip.parse("fd05:1::"));
        IcmpOutlet outlet = (_, message, length, _) -> icmp.add(Packets.out(message, 0, length)) ? length : -1;
        IcmpReporter reporter = new IcmpReporter(sources, outlet, new TokenBucket(1000, 50, () -> 0), counters);
        loop = new TunToUdp(
                new TunToUdp.Ends(new Tun.Queue(tun, true), socket, null, pathMtu),
                new AtomicReference<>(peers),
                reporter,
                counters,
                stop);
    }

    @AfterEach
    void close() {
        peer.close();
        socket.close();
        tun.close();
        stop.close();
        pathMtu.close();
    }

    @ParameterizedTest
    @MethodSource("toPeer")
    void aPacketForAPeerIsTheDatagramWithOneHopLess(byte[] sent, byte[] expected) throws IOException {
        forward(sent);
        assertThat(received()).isEqualTo(expected);
        assertThat(counted(Counter.UDP_SENT_PACKETS)).isOne();
        assertThat(counted(Counter.UDP_SENT_BYTES)).isEqualTo(sent.length);
    }

    static Stream<Arguments> toPeer() {
        return Stream.of(
                Arguments.of(TO_PEER, Packets.sealed(with(TO_PEER, 8, 63))),
                Arguments.of(TO_PEER_V6, with(TO_PEER_V6, 7, 63)),
                Arguments.of(
                        v4("10.5.1.2", "10.5.2.2", 2, UDP, new byte[60_000]),
                        v4("10.5.1.2", "10.5.2.2", 1, UDP, new byte[60_000])));
    }

    static Stream<Arguments> drops() {
        byte[] error = v4("10.5.1.2", "10.5.9.9", 64, ICMP, bytes(3, 0));
        return Stream.of(
                Arguments.of("nothing of IP", bytes(1, 2, 3), Counter.OUT_MALFORMED, 0),
                Arguments.of("a wrong length", with(TO_PEER, 3, 33), Counter.OUT_MALFORMED, 0),
                Arguments.of("a group", v4("10.5.1.2", "224.0.0.1", 1, UDP), Counter.OUT_MULTICAST, 0),
                Arguments.of("an IPv6 group", v6("fd05:1::2", "ff02::2", 255, UDP), Counter.OUT_MULTICAST, 0),
                Arguments.of("nobody", v4("10.5.1.2", "10.5.9.9", 64, UDP), Counter.OUT_NO_PEER, 0x0300),
                Arguments.of(
                        "nobody, on the last hop", v4("10.5.1.2", "10.5.9.9", 1, UDP), Counter.OUT_NO_PEER, 0x0300),
                Arguments.of("nobody, by IPv6", v6("fd05:1::2", "fd05:9::9", 64, UDP), Counter.OUT_NO_PEER, 0x0100),
                Arguments.of("an error to nobody", error, Counter.OUT_NO_PEER, 0),
                Arguments.of("no more hops", v4("10.5.1.2", "10.5.2.2", 1, UDP), Counter.OUT_EXPIRED, 0x0b00),
                Arguments.of("no hops at all", v4("10.5.1.2", "10.5.2.2", 0, UDP), Counter.OUT_EXPIRED, 0x0b00),
                Arguments.of("no more IPv6 hops", v6("fd05:1::2", "fd05:2::2", 1, UDP), Counter.OUT_EXPIRED, 0x0300),
                Arguments.of("a peer over IPv6", v4("10.5.1.2", "10.5.3.2", 9, UDP), Counter.OUT_NO_SOCKET, 0),
                Arguments.of(
                        "too much for a datagram",
                        v4("10.5.1.2", "10.5.2.2", 9, UDP, new byte[65_508 - 20]),
                        Counter.OUT_TOO_BIG,
                        0x0304),
                Arguments.of(
                        "too much for a datagram, IPv6",
                        v6("fd05:1::2", "fd05:2::2", 9, UDP, new byte[65_508 - 40]),
                        Counter.OUT_TOO_BIG,
                        0x0200));
    }

    @ParameterizedTest(name = "{0}: {2}")
    @MethodSource("drops")
    void whatCannotTravelIsCountedAndItsSenderTold(String name, byte[] sent, Counter drop, int typeAndCode) {
        forward(sent);
        assertThat(counted(drop)).isOne();
        assertThat(counted(Counter.TUN_READ_PACKETS)).isOne();
        assertThat(Arrays.stream(Counter.values())
                        .filter(c -> c.name().startsWith("OUT_") || c == Counter.UDP_SENT_PACKETS)
                        .mapToLong(this::counted)
                        .sum())
                .isOne();
        assertThat(counted(Counter.ICMP_SENT)).isEqualTo(typeAndCode == 0 ? 0 : 1);
        if (typeAndCode != 0) {
            int at = sent[0] >> 4 == 4 ? 20 : 40;
            byte[] message = icmp.getFirst();
            assertThat((message[at] & 0xff) << 8 | message[at + 1] & 0xff).isEqualTo(typeAndCode);
        }
    }

    @Test
    void theMtuToldIsThatOfThePathWithoutTheOuterHeaders() {
        forward(v4("10.5.1.2", "10.5.2.2", 9, UDP, new byte[65_508 - 20]));
        byte[] message = icmp.getFirst();
        // the loopback device carries 65536, which is 65508 inside: more than a datagram holds
        assertThat((message[26] & 0xff) << 8 | message[27] & 0xff).isEqualTo(65_507);
    }

    @Test
    void sendersAreToldNoMoreOftenThanTheLimitAllows() {
        for (int i = 0; i < 80; i++) {
            forward(v4("10.5.1.2", "10.5.9.9", 64, UDP));
        }
        assertThat(icmp).hasSize(50);
        assertThat(counted(Counter.ICMP_LIMITED)).isEqualTo(30);
    }

    @Test
    void aSuperPacketLeavesAsItsPackets() throws IOException {
        byte[] superPacket = tcp(Flow.V4, 9, 7, 0x18, new byte[0], SegmentationTest.noise(new Random(1), 2500));
        byte[] read = SegmentationTest.read(1, 20, 1000, superPacket);
        read(read);
        for (byte[] packet : Cut.of(read)) {
            assertIsOneHopOn(packet, received());
        }
        assertThat(counted(Counter.TUN_READ_SUPER_PACKETS)).isOne();
        assertThat(counted(Counter.TUN_READ_PACKETS)).isEqualTo(3);
        assertThat(counted(Counter.TUN_READ_BYTES)).isEqualTo(2500 + 3 * 40);
        assertThat(counted(Counter.UDP_SENT_PACKETS)).isEqualTo(3);
        assertThat(counted(Counter.UDP_SENT_BYTES)).isEqualTo(2500 + 3 * 40);
    }

    @Test
    void moreHeadersThanThereIsRoomForAreSentInParts() throws IOException {
        byte[] superPacket = tcp(Flow.V4, 9, 7, 0x18, new byte[0], SegmentationTest.noise(new Random(1), 4000));
        byte[] read = SegmentationTest.read(1, 20, 1, superPacket); // 160,000 bytes of headers
        peer.setReceiveBufferSize(8 << 20);
        read(read);
        for (byte[] packet : Cut.of(read)) {
            assertIsOneHopOn(packet, received());
        }
    }

    @Test
    void packetsOfOtherFlowsDoNotWaitBehindASuperPacket() throws IOException {
        byte[] bulk = superPacket(1, 2500);
        take(bulk);
        take(whole(TO_PEER));
        take(whole(TO_PEER_V6));
        loop.sendAll();
        assertIsOneHopOn(TO_PEER, received());
        assertIsOneHopOn(TO_PEER_V6, received());
        for (byte[] packet : Cut.of(bulk)) {
            assertIsOneHopOn(packet, received());
        }
    }

    @Test
    void noPacketOvertakesItsOwnFlow() throws IOException {
        byte[] bulk = superPacket(1, 2500);
        byte[] last = tcp(Flow.V4, 12, 2507, 0x18, new byte[0], bytes(1, 2, 3));
        byte[] laterFragment = Packets.sealed(with(TO_PEER, 7, 9)); // of whatever flow
        take(bulk);
        take(whole(last));
        take(whole(laterFragment));
        take(whole(TO_PEER)); // which cannot be told from what the fragment is of
        loop.sendAll();
        for (byte[] packet : Cut.of(bulk)) {
            assertIsOneHopOn(packet, received());
        }
        assertIsOneHopOn(last, received());
        assertIsOneHopOn(laterFragment, received());
        assertIsOneHopOn(TO_PEER, received());
    }

    @Test
    void whatIsCutNeverReachesIntoWhatWaits() throws IOException {
        List<byte[]> expected = new ArrayList<>();
        int compared = 0;
        for (int i = 0; i < 12; i++) { // more than there is room for at once
            byte[] superPacket = superPacket(i, 60_000);
            expected.addAll(Cut.of(superPacket));
            take(superPacket);
            loop.forwardHead();
            while (compared < counted(Counter.UDP_SENT_PACKETS)) {
                assertIsOneHopOn(expected.get(compared++), received());
            }
        }
        assertThat(compared).isGreaterThan(600);
    }

    private static byte[] superPacket(int seed, int bytes) {
        byte[] noise = SegmentationTest.noise(new Random(seed), bytes);
        return SegmentationTest.read(1, 20, 1000, tcp(Flow.V4, 9, 7, 0x18, new byte[0], noise));
    }

    static Stream<Arguments> droppedSuperPackets() {
        Flow toNobody = new Flow("10.5.1.2", "10.5.9.9", 1, 2, 3);
        Flow toNobodyV6 = new Flow("fd05:1::2", "fd05:9::9", 1, 2, 3);
        byte[] payload = SegmentationTest.noise(new Random(1), 2500);
        byte[] expiring = Packets.sealed(with(tcp(Flow.V4, 9, 7, 0x18, new byte[0], payload), 8, 1));
        return Stream.of(
                Arguments.of(1, 20, tcp(toNobody, 9, 7, 0x18, new byte[0], payload), Counter.OUT_NO_PEER, 548),
                Arguments.of(4, 40, tcp(toNobodyV6, 9, 7, 0x18, new byte[0], payload), Counter.OUT_NO_PEER, 1060),
                Arguments.of(5, 20, udp(toNobody, 9, payload), Counter.OUT_NO_PEER, 548),
                Arguments.of(1, 20, expiring, Counter.OUT_EXPIRED, 548));
    }

    @ParameterizedTest
    @MethodSource("droppedSuperPackets")
    void theSenderOfADroppedSuperPacketIsToldOfAPacketThatItKnows(
            int type, int transport, byte[] superPacket, Counter drop, int quoted) {
        byte[] read = SegmentationTest.read(type, transport, 1000, superPacket);
        read(read);
        assertThat(counted(drop)).isEqualTo(3);
        assertThat(icmp).hasSize(1);
        int quote = transport + 8;
        byte[] message = icmp.getFirst();
        byte[] first = Cut.of(read).getFirst();
        assertThat(Arrays.copyOfRange(message, quote, message.length))
                .hasSize(Math.min(quoted, first.length))
                .isEqualTo(Arrays.copyOf(first, message.length - quote));
    }

    @Test
    void aChecksumThatWasOnlyBegunIsCompleted() throws IOException {
        byte[] packet = udp(Flow.V4, 9, new byte[33]);
        byte[] begun = with(packet, 26, 0x17, 0x48); // 10.5.1.2 + 10.5.2.2 + protocol + length
        read(SegmentationTest.read(0, 20, 0, begun, 6));
        byte[] expected = Packets.sealedTransport(Packets.sealed(with(packet, 8, 63)), 20, UDP);
        assertThat(received()).isEqualTo(expected);
    }

    @Test
    void aChecksumBeyondThePacketIsRefused() {
        read(SegmentationTest.read(0, 50, 0, udp(Flow.V4, 9, new byte[23]), 0));
        assertThat(counted(Counter.OUT_MALFORMED)).isOne();
    }

    @Test
    void whateverIsReadNothingButWholePacketsForThePeerLeaves() throws IOException {
        Random random = new Random(6);
        byte[][] seeds = {TO_PEER, TO_PEER_V6, v4("10.5.1.2", "10.5.9.9", 1, ICMP, bytes(8, 0)), new byte[50]};
        int left = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] sent = seeds[random.nextInt(seeds.length)].clone();
            for (int n = random.nextInt(6); n > 0; n--) {
                sent[random.nextInt(sent.length)] = (byte) random.nextInt();
            }
            sent = Arrays.copyOf(sent, random.nextInt(4) == 0 ? random.nextInt(70) : sent.length);
            forward(sent);
            if (counted(Counter.UDP_SENT_PACKETS) > left) {
                left++;
                assertIsOneHopOn(sent, received());
            }
        }
        assertThat(left).isGreaterThan(1_000).isLessThan(19_000);
        assertThat(Arrays.stream(Counter.values())
                        .filter(c -> c.name().startsWith("OUT_"))
                        .mapToLong(this::counted)
                        .sum())
                .isEqualTo(20_000 - left);
    }

    private static void assertIsOneHopOn(byte[] sent, byte[] received) {
        boolean isV4 = sent[0] >> 4 == 4;
        int hops = isV4 ? 8 : 7;
        assertThat(received[hops]).isEqualTo((byte) (sent[hops] - 1));
        assertThat(isV4 ? received[18] : received[27]).isEqualTo((byte) 2); // the third number of the peer's subnet
        byte[] same = with(received, hops, sent[hops]);
        assertThat(isV4 ? with(same, 10, sent[10], sent[11]) : same).isEqualTo(sent);
    }

    private void forward(byte[] sent) {
        read(whole(sent));
    }

    private static byte[] whole(byte[] packet) {
        return Packets.join(new byte[VirtioHeader.BYTES], packet);
    }

    /// @param withHeader a virtio header and a packet
    private void read(byte[] withHeader) {
        take(withHeader);
        loop.sendAll();
    }

    private void take(byte[] withHeader) {
        int at = loop.readsTo();
        MemorySegment.copy(MemorySegment.ofArray(withHeader), 0, loop.buffer(), at, withHeader.length);
        loop.take(at, withHeader.length);
    }

    private byte[] received() throws IOException {
        DatagramPacket datagram = new DatagramPacket(new byte[1 << 16], 1 << 16);
        peer.receive(datagram);
        return Arrays.copyOf(datagram.getData(), datagram.getLength());
    }

    private long counted(Counter counter) {
        return counters.get(counter);
    }
}

package jflannel.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import jflannel.dataplane.Counter;
import jflannel.dataplane.Counters;
import jflannel.dataplane.Endpoint;
import jflannel.dataplane.Inbox;
import jflannel.dataplane.Outbox;
import jflannel.dataplane.PeerTable;
import jflannel.dataplane.StopSignal;
import jflannel.dataplane.UdpSocket;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.linux.Errno;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What goes into an [Outbox] comes out of the peers' [Inbox]es, over the loopback device.
class TrainsTest {
    private static final int BUFFER_BYTES = 1 << 18;

    private final Arena arena = Arena.ofAuto();
    private final MemorySegment buffer = arena.allocate(BUFFER_BYTES, 64);
    private final Counters counters = new Counters();
    private final List<Integer> tooBig = new ArrayList<>();
    private final Random random = new Random(11);
    private UdpSocket sender;
    private UdpSocket[] peers;
    private Inbox[] inboxes;
    private PeerTable table;
    private int[] endpoints;
    private StopSignal stop;
    private Outbox outbox;

    @BeforeEach
    void open() throws Exception {
        Ip loopback = Ip.parse("127.0.0.1");
        sender = UdpSocket.open(loopback, 0, false);
        int[] ports = {freePort(), freePort()};
        peers = new UdpSocket[] {UdpSocket.open(loopback, ports[0], false), UdpSocket.open(loopback, ports[1], false)};
        inboxes = new Inbox[] {new Inbox(arena, peers[0].fd()), new Inbox(arena, peers[1].fd())};
        table = PeerTable.of(Map.of(
                Cidr.parse("10.5.0.0/24"), new Endpoint(loopback, ports[0]),
                Cidr.parse("10.5.1.0/24"), new Endpoint(loopback, ports[1])));
        endpoints = IntStream.range(0, 2).map(this::endpoint).toArray();
        stop = new StopSignal("test");
        outbox = new Outbox(sender, buffer, (_, _, _, length) -> tooBig.add(length), counters, stop);
    }

    private static int freePort() throws IOException {
        try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private int endpoint(int peer) {
        MemorySegment address = MemorySegment.ofArray(Packets.bytes(10, 5, peer, 1));
        return table.find(Family.IPV4, address, 0);
    }

    @AfterEach
    void close() {
        sender.close();
        peers[0].close();
        peers[1].close();
        stop.close();
    }

    @Test
    void equalPacketsForOnePeerTravelAsOneTrain() {
        List<byte[]> sent = IntStream.range(0, 40).mapToObj(_ -> noise(1000)).toList();
        sent.forEach(packet -> add(0, packet));
        outbox.flush();
        assertThat(counted(Counter.UDP_SENT_TRAINS)).isOne();
        assertThat(counted(Counter.UDP_SENT_PACKETS)).isEqualTo(40);
        assertThat(counted(Counter.UDP_SEND_CALLS)).isOne();
        assertThat(received(0)).containsExactlyElementsOf(sent);
        assertThat(trains).containsExactly(40);
    }

    @Test
    void aTrainEndsWithItsShorterPacketOrWhenItIsFull() {
        List<byte[]> sent = List.of(noise(100), noise(100), noise(99), noise(99), noise(100));
        sent.forEach(packet -> add(0, packet));
        outbox.flush();
        assertThat(received(0)).containsExactlyElementsOf(sent);
        assertThat(trains).containsExactly(3, 1, 1);
        trains.clear();
        at = 0;
        List<byte[]> many = IntStream.range(0, 150).mapToObj(_ -> noise(60)).toList();
        many.forEach(packet -> add(0, packet));
        outbox.flush();
        assertThat(received(0)).containsExactlyElementsOf(many);
        assertThat(trains).containsExactly(64, 64, 22);
    }

    @Test
    void whatWaitsIsSentWhenItIsMuchButTheLastMayWait() {
        for (int i = 0; i < 45; i++) {
            add(0, noise(1472));
        }
        outbox.flushIfMuch();
        assertThat(counted(Counter.UDP_SENT_PACKETS)).isEqualTo(44); // more do not fit into 65,507 bytes
        outbox.flushIfMuch();
        assertThat(counted(Counter.UDP_SENT_PACKETS)).isEqualTo(44);
        outbox.flush();
        assertThat(counted(Counter.UDP_SENT_PACKETS)).isEqualTo(45);
        assertThat(counted(Counter.UDP_SENT_BYTES)).isEqualTo(45 * 1472);
        assertThat(received(0)).hasSize(45);
    }

    @Test
    void packetsOfAnySizeReachTheirPeersUnchangedAndInOrder() {
        for (int round = 0; round < 60; round++) {
            List<List<byte[]>> sent = List.of(new ArrayList<>(), new ArrayList<>());
            at = 0;
            int usual = 1 + random.nextInt(1400);
            for (int i = random.nextInt(90); i >= 0; i--) {
                int peer = random.nextInt(2);
                byte[] packet = noise(random.nextInt(4) == 0 ? 1 + random.nextInt(1400) : usual);
                add(peer, packet);
                sent.get(peer).add(packet);
                if (random.nextInt(8) == 0) {
                    outbox.flushIfMuch();
                }
            }
            outbox.flush();
            assertThat(received(0)).containsExactlyElementsOf(sent.get(0));
            assertThat(received(1)).containsExactlyElementsOf(sent.get(1));
        }
        assertThat(counted(Counter.UDP_SENT_PACKETS)).isGreaterThan(counted(Counter.UDP_SENT_TRAINS));
    }

    @Test
    void aPacketThatNoDatagramHoldsIsToldOfAndTheOthersGo() {
        byte[] before = noise(100);
        byte[] after = noise(100);
        add(0, before);
        add(0, noise(65_508));
        add(0, after);
        outbox.flush();
        assertThat(received(0)).containsExactly(before, after);
        assertThat(tooBig).containsExactly(65_508);
        assertThat(counted(Counter.OUT_TOO_BIG)).isOne();
    }

    private final List<Integer> trains = new ArrayList<>();
    private int at;

    /// Adds a packet that lies right behind the last one, as those of a cut super-packet do, or somewhat further.
    private void add(int peer, byte[] packet) {
        at += random.nextInt(3) == 0 ? 10 : 0;
        MemorySegment.copy(MemorySegment.ofArray(packet), 0, buffer, at, packet.length);
        outbox.add(table, endpoints[peer], at, packet.length);
        at += packet.length;
    }

    /// All that has come to a peer; notes in [#trains] how many datagrams each train had.
    private List<byte[]> received(int peer) {
        Inbox inbox = inboxes[peer];
        List<byte[]> received = new ArrayList<>();
        int count = inbox.receive();
        while (count > 0) {
            for (int i = 0; i < count; i++) {
                int end = inbox.at(i) + inbox.length(i);
                int before = received.size();
                for (int from = inbox.at(i); from < end; from += inbox.datagramBytes(i)) {
                    received.add(Packets.out(inbox.buffer(), from, Math.min(inbox.datagramBytes(i), end - from)));
                }
                trains.add(received.size() - before);
            }
            count = inbox.receive();
        }
        assertThat(Errno.EAGAIN.is(count)).isTrue();
        return received;
    }

    private byte[] noise(int length) {
        return SegmentationTest.noise(random, length);
    }

    private long counted(Counter counter) {
        return counters.get(counter);
    }
}

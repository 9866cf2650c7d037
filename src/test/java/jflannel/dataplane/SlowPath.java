package jflannel.dataplane;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.linux.Fd;
import jflannel.linux.Libc;
import jflannel.packet.VirtioHeader;

/// The loops as they decide on single packets: between a file in place of the device, and sockets on the loopback
/// device. All peers have one port, that of this node is another.
public final class SlowPath implements AutoCloseable {
    private static final int PORT = 18285;

    private final Counters counters = new Counters();
    private final Map<Ip, DatagramSocket> peers = new HashMap<>();
    private final Path written;
    private final Fd tun;
    private final UdpSocket socket;
    private final StopSignal stop = new StopSignal("test");
    private final PathMtu pathMtu;
    private final TunToUdp out;
    private final Thread in;
    private final InetSocketAddress here;

    /// @param local an address of the loopback device
    /// @param subnets with the address of the peer that has each
    public SlowPath(Path directory, Ip local, Map<Cidr, Ip> subnets) throws IOException {
        written = Files.createFile(directory.resolve("tun-" + local.family()));
        tun = Libc.open(written.toString(), Libc.O_RDWR);
        here = new InetSocketAddress(InetAddress.getByAddress(local.bytes()), PORT);
        socket = UdpSocket.open(local, PORT, false);
        pathMtu = new PathMtu(List.of(local));
        Map<Cidr, Endpoint> endpoints = new HashMap<>();
        for (Map.Entry<Cidr, Ip> each : subnets.entrySet()) {
            endpoints.put(
                    each.getKey(),
                    new Endpoint(each.getValue(), peer(each.getValue()).getLocalPort()));
        }
        AtomicReference<PeerTable> table = new AtomicReference<>(PeerTable.of(endpoints));
        IcmpOutlet nobody = (_, _, length, _) -> length;
        IcmpReporter reporter = new IcmpReporter(Map.of(), nobody, new TokenBucket(1, 1, () -> 0), counters);
        boolean v4 = local.bytes().length == 4;
        out = new TunToUdp(
                new TunToUdp.Ends(new Tun.Queue(tun, true), v4 ? socket : null, v4 ? null : socket, pathMtu),
                table,
                reporter,
                counters,
                stop);
        UdpToTun loop =
                new UdpToTun(new UdpToTun.Ends(new Tun.Queue(tun, true), socket, table), reporter, counters, stop);
        in = Thread.ofPlatform().daemon().start(loop);
    }

    private DatagramSocket peer(Ip address) throws IOException {
        DatagramSocket known = peers.get(address);
        if (known == null) {
            known = new DatagramSocket(new InetSocketAddress(InetAddress.getByAddress(address.bytes()), 0));
            known.setSoTimeout(1);
            peers.put(address, known);
        }
        return known;
    }

    /// A datagram on its way.
    public record Sent(Ip to, byte[] payload) {}

    /// What the loop makes of a packet that the kernel gives it; empty if it drops it.
    public Optional<Sent> send(byte[] packet) throws IOException {
        for (int attempt = 0; attempt < 3; attempt++) { // the kernel may lose a datagram when it is busy
            long before = counters.get(Counter.UDP_SENT_PACKETS);
            forward(packet);
            if (counters.get(Counter.UDP_SENT_PACKETS) == before) {
                return Optional.empty();
            }
            Optional<Sent> sent = sent();
            if (sent.isPresent()) {
                return sent;
            }
        }
        throw new IOException("the datagram did not arrive");
    }

    private void forward(byte[] packet) {
        MemorySegment buffer = out.buffer();
        buffer.asSlice(0, VirtioHeader.BYTES).fill((byte) 0);
        MemorySegment.copy(MemorySegment.ofArray(packet), 0, buffer, VirtioHeader.BYTES, packet.length);
        out.take(0, VirtioHeader.BYTES + packet.length);
        out.sendAll();
    }

    private Optional<Sent> sent() throws IOException {
        for (int i = 0; i < 1_000; i++) {
            for (Map.Entry<Ip, DatagramSocket> peer : peers.entrySet()) {
                DatagramPacket got = new DatagramPacket(new byte[65_536], 65_536);
                try {
                    peer.getValue().receive(got);
                    return Optional.of(new Sent(peer.getKey(), Arrays.copyOf(got.getData(), got.getLength())));
                } catch (SocketTimeoutException e) {
                    // not for this one
                }
            }
        }
        return Optional.empty();
    }

    /// What the loop gives to the kernel of a datagram; empty if it drops it.
    public Optional<byte[]> receive(Ip from, byte[] payload) throws IOException, InterruptedException {
        long before = done();
        int length = (int) Files.size(written);
        peer(from).send(new DatagramPacket(payload, payload.length, here));
        while (done() == before) {
            Thread.onSpinWait();
        }
        byte[] all = Files.readAllBytes(written);
        return all.length == length
                ? Optional.empty()
                : Optional.of(Arrays.copyOfRange(all, length + VirtioHeader.BYTES, all.length));
    }

    private long done() {
        return counters.get(Counter.TUN_WRITTEN_PACKETS)
                + counters.get(Counter.IN_MALFORMED)
                + counters.get(Counter.IN_WRONG_SOURCE)
                + counters.get(Counter.IN_EXPIRED);
    }

    @Override
    public void close() {
        stop.raise();
        try {
            in.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        peers.values().forEach(DatagramSocket::close);
        tun.close();
        socket.close();
        pathMtu.close();
        stop.close();
    }
}

package jflannel.backend;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import jflannel.linux.Errno;
import jflannel.linux.Fd;
import jflannel.linux.Libc;

/// The udp backend at its plainest, as Go flannel has it: one packet for each read, one datagram for each packet, and
/// nothing known of offloads. In the network namespace of the thread that makes it.
final class PlainProxy implements AutoCloseable {
    private static final long TUNSETIFF = 0x400454caL;
    private static final int IFF_TUN_WITHOUT_HEADER = 0x1001; // IFF_TUN | IFF_NO_PI

    private final Arena arena = Arena.ofShared();
    private final Fd tun;
    private final DatagramSocket socket;
    private final InetSocketAddress peer;
    private volatile boolean closed;
    private final Thread out = Thread.ofPlatform().daemon().unstarted(this::send);
    private final Thread in = Thread.ofPlatform().daemon().unstarted(this::receive);

    PlainProxy(String device, String local, String peer) throws IOException {
        tun = Libc.open("/dev/net/tun", Libc.O_RDWR | Libc.O_NONBLOCK);
        MemorySegment request = arena.allocate(40, 8);
        request.setString(0, device);
        request.set(JAVA_SHORT, 16, (short) IFF_TUN_WITHOUT_HEADER);
        Libc.ioctl(tun, "open " + device, TUNSETIFF, request);
        socket = new DatagramSocket(new InetSocketAddress(InetAddress.getByName(local), 8285));
        socket.setSoTimeout(100);
        this.peer = new InetSocketAddress(InetAddress.getByName(peer), 8285);
        out.start();
        in.start();
    }

    private void send() {
        MemorySegment buffer = arena.allocate(65_536, 8);
        MemorySegment state = Libc.callState(arena);
        MemorySegment pollfds = Libc.pollfds(arena, tun);
        while (!closed) {
            long length = Libc.read(tun.number(), buffer, buffer.byteSize(), state);
            if (length > 0) {
                try {
                    socket.send(new DatagramPacket(buffer.asSlice(0, length).toArray(JAVA_BYTE), (int) length, peer));
                } catch (IOException e) {
                    // lost, as datagrams may be
                }
            } else if (Errno.EAGAIN.is(length)) {
                Libc.poll(pollfds, 100, state);
            }
        }
    }

    private void receive() {
        MemorySegment buffer = arena.allocate(65_536, 8);
        MemorySegment state = Libc.callState(arena);
        DatagramPacket packet = new DatagramPacket(new byte[65_536], 65_536);
        while (!closed) {
            try {
                packet.setLength(65_536);
                socket.receive(packet);
                MemorySegment.copy(packet.getData(), 0, buffer, JAVA_BYTE, 0, packet.getLength());
                Libc.write(tun.number(), buffer, packet.getLength(), state);
            } catch (SocketTimeoutException e) {
                // look whether it is to end
            } catch (IOException e) {
                return;
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        try {
            out.join();
            in.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        tun.close();
        socket.close();
        arena.close();
    }
}

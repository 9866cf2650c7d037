package jflannel.policy;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static jflannel.testing.Sh.sh;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.List;
import jflannel.ip.Family;
import jflannel.linux.Errno;
import jflannel.linux.Fd;
import jflannel.linux.KernelException;
import jflannel.linux.Libc;
import jflannel.packet.InternetChecksum;

/// Finds out which packets this network namespace forwards: they are written to one TUN device, and those that pass
/// are read from another one. Each is the first of its connection.
final class ForwardedPackets implements AutoCloseable {
    private static final long TUNSETIFF = 0x400454caL;
    private static final int IFF_TUN = 1;
    private static final int IFF_NO_PI = 0x1000;
    private static final int FIRST_PORT = 1024;
    /// Less than a TUN device's queue holds.
    private static final int AT_ONCE = 100;

    private static final int ICMP = 1;
    private static final int ICMPV6 = 58;
    private static final int TCP = 6;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment buffer = arena.allocate(2048, 8);
    private final MemorySegment state = Libc.callState(arena);
    private final Fd left;
    private final Fd right;
    private final MemorySegment pollRight;

    ForwardedPackets() throws IOException {
        sh("sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.conf.all.rp_filter=0"
                + " net.ipv4.conf.default.rp_filter=0");
        left = tun("left");
        right = tun("right");
        pollRight = Libc.pollfds(arena, right);
        sh("ip link set lo up; for d in left right; do ip link set $d up txqueuelen 1000; done; ip route add 0.0.0.0/0"
                + " dev right; ip -6 route add ::/0 dev right; ip -6 addr add fe80::1/64 dev right nodad");
    }

    private Fd tun(String name) throws KernelException {
        Fd fd = Libc.open("/dev/net/tun", Libc.O_RDWR | Libc.O_NONBLOCK);
        MemorySegment request = arena.allocate(40, 8);
        request.setString(0, name);
        request.set(JAVA_SHORT, 16, (short) (IFF_TUN | IFF_NO_PI));
        Libc.ioctl(fd, "TUNSETIFF", TUNSETIFF, request);
        return fd;
    }

    /// Which of the connections may begin.
    BitSet passing(List<Connection> connections) {
        BitSet passing = new BitSet();
        for (int i = 0; i < connections.size(); i++) {
            byte[] packet = packet(connections.get(i), FIRST_PORT + i);
            MemorySegment.copy(packet, 0, buffer, JAVA_BYTE, 0, packet.length);
            long written = Libc.write(left.number(), buffer, packet.length, state);
            if (written != packet.length) {
                throw new AssertionError(connections.get(i) + ": " + written);
            }
            if (i % AT_ONCE == AT_ONCE - 1 || i == connections.size() - 1) {
                drain(passing);
            }
        }
        return passing;
    }

    private void drain(BitSet passing) {
        int patience = 20; // the kernel forwards what is written at once, or within a few milliseconds
        while (true) {
            long length = Libc.read(right.number(), buffer, buffer.byteSize(), state);
            if (length > 0) {
                int index = port(buffer.asSlice(0, length).toArray(JAVA_BYTE)) - FIRST_PORT;
                if (index >= 0) {
                    passing.set(index);
                }
            } else if (!Errno.EAGAIN.is(length)) {
                throw new AssertionError("read: " + length);
            } else if (Libc.poll(pollRight, patience, state) == 0) {
                return;
            }
        }
    }

    private static int port(byte[] packet) {
        ByteBuffer bytes = ByteBuffer.wrap(packet);
        boolean six = packet[0] >>> 4 == 6;
        int protocol = packet[six ? 6 : 9] & 0xff;
        int at = six ? 40 : 20;
        boolean echo = protocol == ICMP || protocol == ICMPV6;
        if (echo && packet[at] != (six ? (byte) 128 : 8) || bytes.limit() < at + 6) {
            return -1; // the kernel's own neighbor and router discovery
        }
        return bytes.getShort(at + (echo ? 4 : 0)) & 0xffff;
    }

    static byte[] packet(Connection connection, int sourcePort) {
        boolean six = connection.source().family() == Family.IPV6;
        int protocol = six && connection.protocol() == ICMP ? ICMPV6 : connection.protocol();
        byte[] segment = segment(connection, protocol, sourcePort);
        int header = six ? 40 : 20;
        ByteBuffer packet = ByteBuffer.allocate(header + segment.length);
        if (six) {
            packet.putInt(0x60000000)
                    .putShort((short) segment.length)
                    .put((byte) protocol)
                    .put((byte) 64);
        } else {
            packet.putShort((short) 0x4500).putShort((short) packet.limit());
            packet.putInt(0x4000).put((byte) 64).put((byte) protocol).putShort((short) 0);
        }
        packet.put(connection.source().bytes()).put(connection.destination().bytes());
        if (!six) {
            byte[] head = new byte[20];
            packet.get(0, head);
            packet.putShort(10, (short) InternetChecksum.of(head));
        }
        return packet.put(segment).array();
    }

    private static byte[] segment(Connection connection, int protocol, int sourcePort) {
        ByteBuffer segment = ByteBuffer.allocate(32);
        int checksumAt;
        switch (protocol) {
            case ICMP, ICMPV6 -> {
                segment.put((byte) (protocol == ICMP ? 8 : 128)).put((byte) 0).putShort((short) 0);
                segment.putShort((short) sourcePort).putShort((short) 1);
                checksumAt = 2;
            }
            case TCP -> {
                segment.putShort((short) sourcePort).putShort((short) connection.port());
                segment.putInt(1).putInt(0).putShort((short) 0x5002).putShort((short) 1024);
                checksumAt = 16;
            }
            case 17 -> {
                segment.putShort((short) sourcePort).putShort((short) connection.port());
                segment.putShort((short) segment.limit()).putShort((short) 0);
                checksumAt = 6;
            }
            default -> { // SCTP: a header and an INIT
                segment.putShort((short) sourcePort).putShort((short) connection.port());
                segment.putInt(0)
                        .putInt(0)
                        .putInt(0x01000014)
                        .putInt(1)
                        .putInt(1500)
                        .putInt(0x00010001);
                segment.putInt(1);
                return segment.array();
            }
        }
        segment.putShort(checksumAt, (short) checksum(connection, protocol, segment.array()));
        return segment.array();
    }

    private static int checksum(Connection connection, int protocol, byte[] segment) {
        if (protocol == ICMP) {
            return InternetChecksum.of(segment);
        }
        int addresses = 2 * connection.source().bytes().length;
        ByteBuffer pseudo = ByteBuffer.allocate(addresses + 8 + segment.length);
        pseudo.put(connection.source().bytes()).put(connection.destination().bytes());
        pseudo.putInt(segment.length).putInt(protocol).put(segment);
        return InternetChecksum.of(pseudo.array());
    }

    @Override
    public void close() {
        left.close();
        right.close();
        arena.close();
    }
}

package jflannel.probe;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.ByteOrder.BIG_ENDIAN;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import jflannel.dataplane.SocketAddress;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.linux.Errno;
import jflannel.linux.Fd;
import jflannel.linux.KernelException;
import jflannel.linux.Libc;
import jflannel.packet.InternetChecksum;
import jflannel.packet.TransportHeader;

/// A raw socket to one address: sends echo requests of any size that no router may cut, or a UDP datagram with a
/// checksum of its own. Needs CAP_NET_RAW.
public final class RawProbe implements AutoCloseable {
    private static final int IPPROTO_IP = 0;
    private static final int IPPROTO_ICMP = 1;
    private static final int IPPROTO_UDP = 17;
    private static final int IPPROTO_IPV6 = 41;
    private static final int IPPROTO_ICMPV6 = 58;
    private static final int IP_MTU_DISCOVER = 10;
    private static final int IPV6_MTU_DISCOVER = 23;
    /// IP_PMTUDISC_PROBE: may not be cut, and what ICMP said earlier does not count.
    private static final int PROBE = 3;

    private static final int ECHO_V4 = 8;
    private static final int ECHO_V6 = 128;
    private static final int REPLY_V4 = 0;
    private static final int REPLY_V6 = 129;
    private static final int HEADER = 8; // of ICMP, and of UDP
    private static final int ROOM = 1 << 16;

    private final Ip target;
    private final boolean v4;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment state = Libc.callState(arena);
    private final MemorySegment buffer = arena.allocate(ROOM, 8);
    private final Fd fd;
    private final int id = ThreadLocalRandom.current().nextInt(1 << 16);
    private int sequence;

    private RawProbe(Ip target, int protocol) throws KernelException {
        this.target = target;
        this.v4 = target.family() == Family.IPV4;
        this.fd = Libc.socket(target.family().af(), Libc.SOCK_RAW | Libc.SOCK_NONBLOCK, protocol);
        Libc.setsockopt(
                fd, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_MTU_DISCOVER : IPV6_MTU_DISCOVER, "forbid to cut", PROBE);
        MemorySegment address = SocketAddress.of(arena, target, 0);
        Libc.connect(fd.number(), address, SocketAddress.bytes(target.family()), state);
    }

    /// For [#roundTrip].
    public static RawProbe echo(Ip target) throws KernelException {
        return new RawProbe(target, target.family() == Family.IPV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
    }

    /// For [#refuses].
    public static RawProbe udp(Ip target) throws KernelException {
        return new RawProbe(target, IPPROTO_UDP);
    }

    /// True if an echo request was answered in time; as [#roundTrip].
    public boolean answers(int size, Duration patience) {
        return roundTrip(size, patience).isPresent();
    }

    /// How long the answer to an echo request took; empty if it did not come in time.
    ///
    /// @param size of the packet, in bytes with its IP header
    public Optional<Duration> roundTrip(int size, Duration patience) {
        int number = ++sequence & 0xffff;
        byte[] packet = new byte[size - target.family().headerBytes()];
        ByteBuffer.wrap(packet)
                .order(BIG_ENDIAN)
                .put((byte) (v4 ? ECHO_V4 : ECHO_V6))
                .put((byte) 0)
                .putShort((short) 0)
                .putShort((short) id)
                .putShort((short) number);
        if (v4) { // the kernel adds that of IPv6
            put(packet, 2, InternetChecksum.of(packet));
        }
        long start = System.nanoTime();
        return send(packet) && awaits(patience, length -> isReply(length, number)) == 0
                ? Optional.of(Duration.ofNanos(System.nanoTime() - start))
                : Optional.empty();
    }

    private boolean isReply(long length, int number) {
        int start = v4 ? (buffer.get(JAVA_BYTE, 0) & 0xf) * 4 : 0;
        return length >= start + HEADER
                && u8(start) == (v4 ? REPLY_V4 : REPLY_V6)
                && u16(start + 4) == id
                && u16(start + 6) == number;
    }

    /// True if the target answers, in time, that nobody receives at that UDP port.
    ///
    /// @param source address of the packet
    public boolean refuses(Ip source, int port, Duration patience) {
        byte[] datagram = new byte[HEADER + 16];
        ByteBuffer.wrap(datagram)
                .order(BIG_ENDIAN)
                .putShort((short) port)
                .putShort((short) port)
                .putShort((short) datagram.length);
        put(datagram, 6, TransportHeader.checksum(source, target, IPPROTO_UDP, datagram));
        return send(datagram) && awaits(patience, _ -> false) == Errno.ECONNREFUSED.number();
    }

    private static void put(byte[] packet, int at, int value) {
        packet[at] = (byte) (value >> 8);
        packet[at + 1] = (byte) value;
    }

    private boolean send(byte[] packet) {
        MemorySegment.copy(MemorySegment.ofArray(packet), 0, buffer, 0, packet.length);
        return Libc.send(fd.number(), buffer, packet.length, Libc.MSG_DONTWAIT, state) == packet.length;
    }

    private interface Wanted {
        boolean is(long length);
    }

    /// @return 0 once a wanted packet has arrived, the error number if one was reported, or -1 after the time
    private int awaits(Duration patience, Wanted wanted) {
        long end = System.nanoTime() + patience.toNanos();
        MemorySegment poll = Libc.pollfds(arena, fd);
        while (true) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0 || Libc.poll(poll, (int) left, state) == 0) {
                return -1;
            }
            long length = Libc.recv(fd.number(), buffer, ROOM, Libc.MSG_DONTWAIT, state);
            if (length < 0 && !Errno.EAGAIN.is(length) && !Errno.EINTR.is(length)) {
                return (int) -length;
            }
            if (length > 0 && wanted.is(length)) {
                return 0;
            }
        }
    }

    private int u8(int at) {
        return Byte.toUnsignedInt(buffer.get(JAVA_BYTE, at));
    }

    private int u16(int at) {
        return u8(at) << 8 | u8(at + 1);
    }

    @Override
    public void close() {
        fd.close();
        arena.close();
    }
}

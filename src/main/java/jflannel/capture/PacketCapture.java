package jflannel.capture;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import jflannel.linux.Fd;
import jflannel.linux.KernelException;
import jflannel.linux.Libc;

/// Captures the packets that pass a device, in both directions, from its creation: packet(7). Needs CAP_NET_RAW.
///
/// The kernel buffers a few hundred until they are read. For one thread.
public final class PacketCapture implements AutoCloseable {
    private static final int ETH_P_ALL = 3;
    private static final int LONGEST = 2048;
    private static final int SOL_PACKET = 263;
    private static final int PACKET_STATISTICS = 6;
    private static final int SO_RCVBUFFORCE = 33;
    private static final int ROOM = 4 << 20;
    /// SIOCGSTAMPNS: when the packet that was read last passed.
    private static final long STAMP = 0x8907;

    private static final ValueLayout.OfShort BIG_ENDIAN_SHORT = ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);

    private final Fd socket;
    private final Set<Integer> tunnelPorts;

    private PacketCapture(Fd socket, Set<Integer> tunnelPorts) {
        this.socket = socket;
        this.tunnelPorts = tunnelPorts;
    }

    /// On a device in the network namespace of the calling thread.
    ///
    /// @param device its name, for messages
    /// @param tunnelPorts as for [CapturedPacket#decode]
    public static PacketCapture on(String device, int index, Set<Integer> tunnelPorts) throws KernelException {
        // SOCK_DGRAM: the kernel strips link-layer headers, so that each packet starts with its IP header.
        // Protocol 0 receives nothing, so that no packet of another device slips in before the bind.
        Fd socket = Libc.socket(Libc.AF_PACKET, Libc.SOCK_DGRAM, 0);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(20, 4); // struct sockaddr_ll
            address.set(ValueLayout.JAVA_SHORT, 0, (short) Libc.AF_PACKET);
            address.set(BIG_ENDIAN_SHORT, 2, (short) ETH_P_ALL);
            address.set(ValueLayout.JAVA_INT, 4, index);
            Libc.bind(socket, address, "packet socket to " + device);
            return new PacketCapture(socket, tunnelPorts);
        } catch (KernelException e) {
            socket.close();
            throw e;
        }
    }

    /// The IP packets that have passed since the last call, oldest first.
    public List<CapturedPacket> drain() {
        List<CapturedPacket> packets = new ArrayList<>();
        drain(packets::add);
        return packets;
    }

    /// Takes a packet.
    public interface Sink {
        void accept(CapturedPacket packet);
    }

    /// The same, one by one.
    ///
    /// @return how many packets there were, of any kind
    public int drain(Sink sink) {
        int count = 0;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = Libc.callState(arena);
            MemorySegment buffer = arena.allocate(LONGEST);
            long length;
            while ((length = Libc.recv(socket.number(), buffer, LONGEST, Libc.MSG_DONTWAIT, state)) >= 0) {
                count++;
                byte[] bytes = buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
                CapturedPacket packet = CapturedPacket.decode(bytes, tunnelPorts);
                if (packet != null) {
                    sink.accept(packet);
                }
            }
        }
        return count;
    }

    /// Prepares for [#lastNanos], and for a busy device.
    public void keepTimes() {
        try (Arena arena = Arena.ofConfined()) {
            Libc.ioctl(socket, "ask for times", STAMP, arena.allocate(16, 8));
        } catch (KernelException e) {
            // ENOENT: no packet has come yet; but from now on the kernel notes their times
        }
        try {
            Libc.setsockopt(socket, Libc.SOL_SOCKET, SO_RCVBUFFORCE, "enlarge the buffer", ROOM);
        } catch (KernelException e) {
            // without CAP_NET_ADMIN: what is lost is counted
        }
    }

    /// When the packet that was read last passed, in nanoseconds of the clock on the wall.
    public long lastNanos() throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment time = arena.allocate(16, 8); // struct timespec
            Libc.ioctl(socket, "read a packet's time", STAMP, time);
            return time.get(ValueLayout.JAVA_LONG, 0) * 1_000_000_000 + time.get(ValueLayout.JAVA_LONG, 8);
        }
    }

    /// True if, since the last call, packets passed that found no room in the buffer.
    public boolean hasMissedSome() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment statistics = arena.allocate(8, 4); // struct tpacket_stats
            MemorySegment length = arena.allocateFrom(ValueLayout.JAVA_INT, 8);
            int result = Libc.getsockopt(
                    socket.number(), SOL_PACKET, PACKET_STATISTICS, statistics, length, Libc.callState(arena));
            return result == 0 && statistics.get(ValueLayout.JAVA_INT, 4) != 0;
        }
    }

    /// The descriptor, to wait for packets with poll(2).
    public Fd socket() {
        return socket;
    }

    @Override
    public void close() {
        socket.close();
    }
}

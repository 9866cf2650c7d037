package jflannel.lab;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import jflannel.linux.Fd;
import jflannel.linux.Libc;

/// Captures the packets that pass a device of a host, in both directions, from its creation: packet(7).
///
/// The kernel buffers a few hundred until they are read.
final class PacketCapture implements AutoCloseable {
    private static final int ETH_P_ALL = 3;
    private static final int LONGEST = 2048;
    private static final ValueLayout.OfShort BIG_ENDIAN_SHORT = ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);

    private final Fd socket;

    private PacketCapture(Fd socket) {
        this.socket = socket;
    }

    /// @throws IOException if the host has no such device
    static PacketCapture on(LabHost host, String device) throws IOException {
        String line = host.run("ip", "-o", "link", "show", "dev", device);
        int index = Integer.parseInt(line.substring(0, line.indexOf(':')));
        return host.call(() -> open(device, index));
    }

    private static PacketCapture open(String device, int index) throws IOException {
        // SOCK_DGRAM: the kernel strips link-layer headers, so that each packet starts with its IP header.
        // Protocol 0 receives nothing, so that no packet of another device slips in before the bind.
        Fd socket = Libc.socket(Libc.AF_PACKET, Libc.SOCK_DGRAM, 0);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(20, 4); // struct sockaddr_ll
            address.set(ValueLayout.JAVA_SHORT, 0, (short) Libc.AF_PACKET);
            address.set(BIG_ENDIAN_SHORT, 2, (short) ETH_P_ALL);
            address.set(ValueLayout.JAVA_INT, 4, index);
            Libc.bind(socket, address, "packet socket to " + device);
            return new PacketCapture(socket);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /// The IP packets that have passed since the last call, oldest first.
    List<CapturedPacket> drain() {
        List<CapturedPacket> packets = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = Libc.callState(arena);
            MemorySegment buffer = arena.allocate(LONGEST);
            long length;
            while ((length = Libc.recv(socket.number(), buffer, LONGEST, Libc.MSG_DONTWAIT, state)) >= 0) {
                byte[] bytes = buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
                CapturedPacket packet = CapturedPacket.decode(bytes);
                if (packet != null) {
                    packets.add(packet);
                }
            }
        }
        return packets;
    }

    @Override
    public void close() {
        socket.close();
    }
}

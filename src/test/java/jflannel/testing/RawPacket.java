package jflannel.testing;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import jflannel.dataplane.SocketAddress;
import jflannel.ip.Ip;
import jflannel.linux.Fd;
import jflannel.linux.KernelException;
import jflannel.linux.Libc;

/// Packets of any IP protocol, as anybody who is root can send them.
public final class RawPacket {
    private RawPacket() {}

    /// Sends what follows an IP header, which the kernel writes, from the namespace of the calling thread.
    public static void send(Ip from, Ip to, int protocol, byte[] content) throws IOException {
        try (Arena arena = Arena.ofConfined();
                Fd socket = Libc.socket(to.family().af(), Libc.SOCK_RAW, protocol)) {
            Libc.bind(socket, SocketAddress.of(arena, from, 0), "raw socket to " + from);
            MemorySegment state = Libc.callState(arena);
            MemorySegment address = SocketAddress.of(arena, to, 0);
            int connected = Libc.connect(socket.number(), address, SocketAddress.bytes(to.family()), state);
            MemorySegment packet = arena.allocate(content.length).copyFrom(MemorySegment.ofArray(content));
            long sent = connected < 0 ? connected : Libc.send(socket.number(), packet, content.length, 0, state);
            if (sent < 0) {
                throw new KernelException("send to " + to, (int) -sent, null);
            }
        }
    }
}

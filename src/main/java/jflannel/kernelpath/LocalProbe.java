package jflannel.kernelpath;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import jflannel.ip.Family;
import jflannel.linux.Fd;
import jflannel.linux.KernelException;
import jflannel.linux.Libc;

/// Sees whether packets come through the [LocalTunnel]: the loopback device may be down, and the rules of a firewall
/// for it may drop them.
final class LocalProbe {
    private static final int ADDRESS_BYTES = 20; // struct sockaddr_ll, linux/if_packet.h
    private static final int INTERFACE = 4;

    /// What comes through does so before the call to send it returns, unless the processor is busy with other packets.
    private static final int LOOKS = 20;

    private LocalProbe() {}

    static boolean passes(LocalTunnel local, Tables tables) throws KernelException {
        long before = probed(tables);
        send(local.probe());
        for (int i = 0; i < LOOKS && probed(tables) == before; i++) {
            pause();
        }
        return probed(tables) > before;
    }

    private static long probed(Tables tables) throws KernelException {
        return tables.ended(Tables.PROBED);
    }

    private static void send(byte[] frame) throws KernelException {
        try (Arena arena = Arena.ofConfined();
                Fd socket = Libc.socket(Libc.AF_PACKET, Libc.SOCK_RAW, 0)) {
            MemorySegment address = arena.allocate(ADDRESS_BYTES, 8);
            address.set(JAVA_SHORT, 0, (short) Libc.AF_PACKET);
            address.set(JAVA_SHORT, Short.BYTES, (short) Wire.protocol(Family.IPV4));
            address.set(JAVA_INT, INTERFACE, LocalTunnel.LOOPBACK);
            Libc.bind(socket, address, "the loopback device");
            MemorySegment bytes = arena.allocateFrom(JAVA_BYTE, frame);
            Libc.send(socket.number(), bytes, frame.length, 0, Libc.callState(arena));
        }
    }

    private static void pause() {
        try {
            Thread.sleep(1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

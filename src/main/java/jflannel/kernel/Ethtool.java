package jflannel.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import jflannel.ip.Family;
import jflannel.linux.Fd;
import jflannel.linux.KernelException;
import jflannel.linux.Libc;

/// Offloads of devices, as ethtool(8) sets them: linux/ethtool.h.
final class Ethtool {
    /// ETHTOOL_STSO
    static final int TCP_SEGMENTATION = 0x1f;
    /// ETHTOOL_SGRO
    static final int RECEIVE_OFFLOAD = 0x2c;

    private static final long SIOCETHTOOL = 0x8946;
    private static final int IFREQ_BYTES = 40;
    private static final int IFREQ_DATA = 16;

    private Ethtool() {}

    /// @param command one of the constants above
    static void set(String device, int command, boolean on) throws KernelException {
        try (Arena arena = Arena.ofConfined();
                Fd anySocket = Libc.socket(Family.IPV4.af(), Libc.SOCK_DGRAM, 0)) {
            MemorySegment value = arena.allocate(8, 4);
            value.set(JAVA_INT, 0, command);
            value.set(JAVA_INT, 4, on ? 1 : 0);
            MemorySegment request = arena.allocate(IFREQ_BYTES, 8);
            request.setString(0, device);
            request.set(JAVA_LONG, IFREQ_DATA, value.address());
            Libc.ioctl(anySocket, "set an offload of " + device, SIOCETHTOOL, request);
        }
    }
}

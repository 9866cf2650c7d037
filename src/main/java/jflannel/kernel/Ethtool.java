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
    /// ETHTOOL_GTXCSUM
    private static final int GET_CHECKSUMS = 0x16;
    /// ETHTOOL_STXCSUM: checksums of what the device sends, of all protocols.
    static final int CHECKSUMS = 0x17;
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
        value("set an offload of " + device, device, command, on ? 1 : 0);
    }

    /// True if a device leaves any checksums of what it sends to the devices below it.
    static boolean sendsWithoutChecksums(String device) throws KernelException {
        return value("read an offload of " + device, device, GET_CHECKSUMS, 0) != 0;
    }

    /// `struct ethtool_value`
    private static int value(String operation, String device, int command, int given) throws KernelException {
        try (Arena arena = Arena.ofConfined();
                Fd anySocket = Libc.socket(Family.IPV4.af(), Libc.SOCK_DGRAM, 0)) {
            MemorySegment value = arena.allocate(8, 4);
            value.set(JAVA_INT, 0, command);
            value.set(JAVA_INT, 4, given);
            MemorySegment request = arena.allocate(IFREQ_BYTES, 8);
            request.setString(0, device);
            request.set(JAVA_LONG, IFREQ_DATA, value.address());
            Libc.ioctl(anySocket, operation, SIOCETHTOOL, request);
            return value.get(JAVA_INT, 4);
        }
    }
}

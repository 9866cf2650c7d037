package jflannel.dataplane;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import jflannel.ip.Family;
import jflannel.linux.Errno;
import jflannel.linux.Fd;
import jflannel.linux.KernelException;
import jflannel.linux.Libc;

/// A TUN device of the calling thread's network namespace, opened for raw IP packets without any header:
/// [tuntap.rst](https://www.kernel.org/doc/html/latest/networking/tuntap.html).
///
/// Only the device is made. Its addresses, MTU, state and routes are for netlink, by [#name] and [#ifIndex].
/// The device ends with the descriptor, unless somebody made it persistent before.
final class Tun implements AutoCloseable {
    private static final String DEVICE = "/dev/net/tun";

    private static final int IFF_TUN = 0x0001;
    private static final int IFF_NO_PI = 0x1000;
    private static final long TUNSETIFF = ioctlThatWritesAnInt('T', 202);
    private static final long SIOCGIFINDEX = 0x8933;

    // struct ifreq: the name, then a union
    private static final int IFREQ_BYTES = 40;
    private static final int IFNAMSIZ = 16;
    private static final int UNION = IFNAMSIZ;

    private final Fd fd;
    private final String name;
    private final int ifIndex;

    private Tun(Fd fd, String name, int ifIndex) {
        this.fd = fd;
        this.name = name;
        this.ifIndex = ifIndex;
    }

    /// Makes the device, or attaches to a persistent one that nobody has open.
    ///
    /// @param name of the device, at most 15 bytes; `%d` in it stands for the first free number
    /// @throws IllegalArgumentException if that cannot be a device's name
    /// @throws KernelException with EBUSY if another program has the device open, EPERM without CAP_NET_ADMIN
    static Tun open(String name) throws KernelException {
        byte[] bytes = checkedName(name);
        Fd fd = openCloneDevice();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment request = arena.allocate(IFREQ_BYTES, 8);
            MemorySegment.copy(MemorySegment.ofArray(bytes), 0, request, 0, bytes.length);
            request.set(JAVA_SHORT, UNION, (short) (IFF_TUN | IFF_NO_PI));
            Libc.ioctl(fd, "open the TUN device " + name, TUNSETIFF, request);
            return new Tun(fd, request.getString(0), ifIndex(request));
        } catch (KernelException | RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    Fd fd() {
        return fd;
    }

    /// The name that the device really has.
    String name() {
        return name;
    }

    int ifIndex() {
        return ifIndex;
    }

    @Override
    public void close() {
        fd.close();
    }

    private static byte[] checkedName(String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        boolean fits = bytes.length > 0 && bytes.length < IFNAMSIZ;
        if (!fits || name.chars().anyMatch(c -> c <= ' ' || c == '/' || c == ':')) {
            throw new IllegalArgumentException(
                    "\"" + name + "\" cannot be the name of a network device, which has 1 to " + (IFNAMSIZ - 1)
                            + " bytes without spaces, \"/\" and \":\"");
        }
        return bytes;
    }

    private static Fd openCloneDevice() throws KernelException {
        try {
            return Libc.open(DEVICE, Libc.O_RDWR | Libc.O_NONBLOCK);
        } catch (KernelException e) {
            if (e.is(Errno.ENOENT) || e.is(Errno.ENODEV)) {
                throw new KernelException(
                        "open " + DEVICE + " (load the kernel module tun; a container must be given the device)",
                        e.errno(),
                        null);
            }
            throw e;
        }
    }

    private static int ifIndex(MemorySegment request) throws KernelException {
        try (Fd anySocket = Libc.socket(Family.IPV4.af(), Libc.SOCK_DGRAM, 0)) {
            Libc.ioctl(anySocket, "SIOCGIFINDEX", SIOCGIFINDEX, request);
            return request.get(JAVA_INT, UNION);
        }
    }

    /// `_IOW(type, number, int)` of asm-generic/ioctl.h, which PowerPC alone of our architectures encodes differently.
    private static long ioctlThatWritesAnInt(char type, int number) {
        long write = System.getProperty("os.arch").startsWith("ppc") ? 4L << 29 : 1L << 30;
        return write | 4 << 16 | type << 8 | number;
    }
}

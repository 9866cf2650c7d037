package jflannel.dataplane;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import jflannel.ip.Family;
import jflannel.linux.Errno;
import jflannel.linux.Fd;
import jflannel.linux.KernelException;
import jflannel.linux.Libc;
import jflannel.packet.VirtioHeader;

/// A TUN device of the calling thread's network namespace, opened for raw IP packets that each have a [VirtioHeader]:
/// [tuntap.rst](https://www.kernel.org/doc/html/latest/networking/tuntap.html).
///
/// Only the device is made. Its addresses, MTU, state and routes are for netlink, by [#name] and [#ifIndex]. A
/// persistent device stays with all of these when its descriptors are closed, and only loses its carrier: packets to
/// it are dropped until somebody opens it again. Any other ends with the last descriptor.
final class Tun implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Tun.class.getName());
    private static final String DEVICE = "/dev/net/tun";

    // linux/if_tun.h
    private static final int IFF_TUN = 0x0001;
    private static final int IFF_MULTI_QUEUE = 0x0100;
    private static final int IFF_NO_PI = 0x1000;
    private static final int IFF_VNET_HDR = 0x4000;
    private static final long TUNSETIFF = ioctlThatWritesAnInt('T', 202);
    private static final long TUNSETPERSIST = ioctlThatWritesAnInt('T', 203);
    private static final long TUNSETOFFLOAD = ioctlThatWritesAnInt('T', 208);
    private static final long TUNSETVNETHDRSZ = ioctlThatWritesAnInt('T', 216);
    private static final int TUN_F_CSUM = 0x01;
    private static final int TUN_F_TSO4 = 0x02;
    private static final int TUN_F_TSO6 = 0x04;
    private static final int TUN_F_TSO_ECN = 0x08;
    private static final int TUN_F_USO4 = 0x20;
    private static final int TUN_F_USO6 = 0x40;
    private static final int TCP_OFFLOADS = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
    private static final int UDP_OFFLOADS = TUN_F_USO4 | TUN_F_USO6;
    private static final long SIOCGIFINDEX = 0x8933;

    // struct ifreq: the name, then a union
    private static final int IFREQ_BYTES = 40;
    private static final int IFNAMSIZ = 16;
    private static final int UNION = IFNAMSIZ;

    private final List<Queue> queues;
    private final String name;
    private final int ifIndex;

    /// One of the device's queues: the kernel spreads flows over them.
    ///
    /// @param takesUdpSuperPackets false before Linux 6.2
    record Queue(Fd fd, boolean takesUdpSuperPackets) {}

    private Tun(List<Queue> queues, String name, int ifIndex) {
        this.queues = queues;
        this.name = name;
        this.ifIndex = ifIndex;
    }

    /// Creates the device, or attaches to a persistent one that no program has open. A persistent one that cannot
    /// have `queues` queues is recreated, and loses its addresses and routes.
    ///
    /// @param name of the device, at most 15 bytes; `%d` in it stands for the first free number
    /// @param queues how many loops will read from it
    /// @param persistent true to let the device stay when it is closed
    /// @throws IllegalArgumentException if that cannot be a device's name
    /// @throws KernelException with EBUSY if another program has the device open, EPERM without CAP_NET_ADMIN
    static Tun open(String name, int queues, boolean persistent) throws KernelException {
        checkName(name);
        List<Queue> opened = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment request = request(arena, name);
            int flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR | (queues > 1 ? IFF_MULTI_QUEUE : 0);
            opened.add(queue(firstQueue(request, name, flags)));
            for (int i = 1; i < queues; i++) {
                opened.add(queue(attach(request, flags)));
            }
            if (persistent) {
                persist(opened.getFirst().fd, true);
            }
            return new Tun(List.copyOf(opened), request.getString(0), ifIndex(request));
        } catch (KernelException | RuntimeException e) {
            opened.forEach(queue -> queue.fd.close());
            throw e;
        }
    }

    /// A device with one queue cannot get several, nor the other way round: the kernel says EINVAL.
    private static Fd firstQueue(MemorySegment request, String name, int flags) throws KernelException {
        try {
            return attach(request, flags);
        } catch (KernelException e) {
            if (!e.is(Errno.EINVAL) || !removed(name, flags ^ IFF_MULTI_QUEUE)) {
                throw e;
            }
            return attach(request, flags);
        }
    }

    /// Ends a persistent device, if there is one with such flags.
    private static boolean removed(String name, int flags) {
        try (Arena arena = Arena.ofConfined();
                Fd old = attach(request(arena, name), flags)) {
            persist(old, false);
            LOG.log(System.Logger.Level.INFO, "recreating the TUN device {0} for another number of queues", name);
            return true;
        } catch (KernelException e) {
            return false; // what exists is not a TUN device
        }
    }

    /// Opens a queue of the device in `request`, whose name becomes that of the device.
    private static Fd attach(MemorySegment request, int flags) throws KernelException {
        Fd fd = openCloneDevice();
        try {
            request.set(JAVA_SHORT, UNION, (short) flags);
            Libc.ioctl(fd, "open the TUN device " + request.getString(0), TUNSETIFF, request);
            return fd;
        } catch (KernelException | RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    private static Queue queue(Fd fd) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            // the previous owner of a persistent device may have chosen otherwise
            Libc.ioctl(fd, "TUNSETVNETHDRSZ", TUNSETVNETHDRSZ, arena.allocateFrom(JAVA_INT, VirtioHeader.BYTES));
        } catch (KernelException | RuntimeException e) {
            fd.close();
            throw e;
        }
        boolean udp = offload(fd, TCP_OFFLOADS | UDP_OFFLOADS);
        if (!udp) {
            offload(fd, TCP_OFFLOADS);
        }
        return new Queue(fd, udp);
    }

    /// Asks for super-packets. Without, the kernel cuts them itself.
    private static boolean offload(Fd fd, int offloads) {
        try {
            Libc.ioctl(fd, "TUNSETOFFLOAD", TUNSETOFFLOAD, MemorySegment.ofAddress(offloads));
            return true;
        } catch (KernelException e) {
            LOG.log(System.Logger.Level.DEBUG, "offloads {0}: {1}", Integer.toHexString(offloads), e.getMessage());
            return false;
        }
    }

    private static void persist(Fd fd, boolean stays) throws KernelException {
        Libc.ioctl(fd, "TUNSETPERSIST", TUNSETPERSIST, MemorySegment.ofAddress(stays ? 1 : 0));
    }

    Queue queue(int number) {
        return queues.get(number);
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
        queues.forEach(queue -> queue.fd.close());
    }

    private static void checkName(String name) {
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        boolean fits = bytes > 0 && bytes < IFNAMSIZ;
        if (!fits || name.chars().anyMatch(c -> c <= ' ' || c == '/' || c == ':')) {
            throw new IllegalArgumentException(
                    "\"" + name + "\" cannot be the name of a network device, which has 1 to " + (IFNAMSIZ - 1)
                            + " bytes without spaces, \"/\" and \":\"");
        }
    }

    private static MemorySegment request(Arena arena, String name) {
        MemorySegment request = arena.allocate(IFREQ_BYTES, 8);
        request.setString(0, name);
        return request;
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

package jflannel.dataplane;

import java.lang.foreign.Arena;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.linux.Fd;
import jflannel.linux.KernelException;
import jflannel.linux.Libc;

/// A UDP socket of the calling thread's network namespace, never blocking.
///
/// Path MTU discovery is as the kernel's setting `net.ipv4.ip_no_pmtu_disc` wants it, as in Go flannel: by default
/// datagrams that fit the path carry "don't fragment", and larger ones travel in fragments.
public final class UdpSocket implements AutoCloseable {
    /// The largest payload of a datagram over IPv4. IPv6 allows 20 bytes more, which nobody needs.
    static final int MAX_PAYLOAD = 65_507;

    private static final System.Logger LOG = System.getLogger(UdpSocket.class.getName());

    private static final int UDP_HEADER_BYTES = 8;
    private static final int RECEIVE_BUFFER_BYTES = 8 << 20; // 8 ms of 10 Gbit/s
    private static final int SEND_BUFFER_BYTES = 4 << 20;

    // asm-generic/socket.h; the same on all architectures with a current JDK
    private static final int SO_REUSEPORT = 15;
    private static final int SO_SNDBUF = 7;
    private static final int SO_RCVBUF = 8;
    private static final int SO_SNDBUFFORCE = 32;
    private static final int SO_RCVBUFFORCE = 33;
    private static final int IPPROTO_IPV6 = 41;
    private static final int IPV6_V6ONLY = 26;
    private static final int UDP_NO_CHECK6_RX = 102; // linux/udp.h

    private final Fd fd;
    private final Family family;

    private final boolean cutsTrains;

    private UdpSocket(Fd fd, Family family, boolean cutsTrains) {
        this.fd = fd;
        this.family = family;
        this.cutsTrains = cutsTrains;
    }

    /// @param address of this node, or the family's "any"
    /// @param port in host order
    /// @param shared true if other sockets of this tunnel have the same address and port: `SO_REUSEPORT`, by which
    ///     the kernel gives all datagrams of one sender to one of them
    /// @throws KernelException with EADDRNOTAVAIL if the node has no such address (an IPv6 address counts only when
    ///     duplicate detection is over), with EADDRINUSE if the port is taken
    public static UdpSocket open(Ip address, int port, boolean shared) throws KernelException {
        Family family = address.family();
        Fd fd = Libc.socket(family.af(), Libc.SOCK_DGRAM | Libc.SOCK_NONBLOCK, 0);
        try (Arena arena = Arena.ofConfined()) {
            if (family == Family.IPV6) {
                Libc.setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, "IPV6_V6ONLY", 1);
                // a peer's kernel makes datagrams without a checksum
                Libc.setsockopt(fd, MessageVector.SOL_UDP, UDP_NO_CHECK6_RX, "UDP_NO_CHECK6_RX", 1);
            }
            if (shared) {
                Libc.setsockopt(fd, Libc.SOL_SOCKET, SO_REUSEPORT, "SO_REUSEPORT", 1);
            }
            Libc.setsockopt(fd, Libc.SOL_SOCKET, MessageVector.SO_RXQ_OVFL, "SO_RXQ_OVFL", 1);
            enlarge(fd, SO_RCVBUFFORCE, SO_RCVBUF, "SO_RCVBUF", RECEIVE_BUFFER_BYTES);
            enlarge(fd, SO_SNDBUFFORCE, SO_SNDBUF, "SO_SNDBUF", SEND_BUFFER_BYTES);
            Libc.bind(fd, SocketAddress.of(arena, address, port), address + " port " + port);
            receiveTrains(fd);
            return new UdpSocket(fd, family, cutsTrains(fd));
        } catch (KernelException | RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    /// What a datagram adds to a packet: outer IP header and UDP header, in bytes.
    static int overhead(Family outer) {
        return outer.headerBytes() + UDP_HEADER_BYTES;
    }

    public Fd fd() {
        return fd;
    }

    Family family() {
        return family;
    }

    @Override
    public void close() {
        fd.close();
    }

    /// True if the kernel can send a train: several datagrams with one call, cut apart late or by the network card.
    boolean canCutTrains() {
        return cutsTrains;
    }

    /// Since Linux 4.18.
    private static boolean cutsTrains(Fd fd) {
        try {
            return Libc.getsockopt(fd, MessageVector.SOL_UDP, MessageVector.UDP_SEGMENT, "UDP_SEGMENT") >= 0;
        } catch (KernelException e) {
            LOG.log(System.Logger.Level.INFO, "sending datagrams one by one: {0}", e.getMessage());
            return false;
        }
    }

    /// Since Linux 5.0.
    private static void receiveTrains(Fd fd) {
        try {
            Libc.setsockopt(fd, MessageVector.SOL_UDP, MessageVector.UDP_GRO, "UDP_GRO", 1);
        } catch (KernelException e) {
            LOG.log(System.Logger.Level.INFO, "receiving datagrams one by one: {0}", e.getMessage());
        }
    }

    /// Asks for a buffer beyond the system's limit, then within it; a small buffer costs speed, never correctness.
    private static void enlarge(Fd fd, int force, int ask, String words, int bytes) throws KernelException {
        try {
            Libc.setsockopt(fd, Libc.SOL_SOCKET, force, words + "FORCE", bytes);
        } catch (KernelException e) {
            Libc.setsockopt(fd, Libc.SOL_SOCKET, ask, words, bytes);
            LOG.log(
                    System.Logger.Level.DEBUG,
                    "{0}: the kernel allows {1} bytes",
                    e.getMessage(),
                    Libc.getsockopt(fd, Libc.SOL_SOCKET, ask, words));
        }
    }
}

package jflannel.dataplane;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.linux.Fd;
import jflannel.linux.KernelException;
import jflannel.linux.Libc;

/// Asks the kernel what it knows of the path to a peer: only a connected socket can be asked, so there is one for each
/// outer family that is connected to whoever is in question and never sends. For one thread.
final class PathMtu implements AutoCloseable {
    private static final int IPPROTO_IP = 0;
    private static final int IP_MTU = 14;
    private static final int IPPROTO_IPV6 = 41;
    private static final int IPV6_MTU = 24;

    private static final int LEAST_V4 = 68; // RFC 791
    private static final int LEAST_V6 = 1280; // RFC 8200

    private final Fd v4;
    private final Fd v6;
    private final MemorySegment address = Arena.ofAuto().allocate(SocketAddress.MAX_BYTES, 8);
    private final MemorySegment option = Arena.ofAuto().allocate(JAVA_INT);
    private final MemorySegment optionLength = Arena.ofAuto().allocate(JAVA_INT);
    private final MemorySegment callState = Libc.callState(Arena.ofAuto());

    /// @param local addresses of this node that its sockets are bound to: routes may depend on them
    PathMtu(Collection<Ip> local) throws KernelException {
        v4 = probe(local, Family.IPV4);
        try {
            v6 = probe(local, Family.IPV6);
        } catch (KernelException e) {
            close(v4);
            throw e;
        }
    }

    /// The largest inner packet, in bytes, that fits unfragmented into a datagram to an endpoint; never less than
    /// every link of the inner family must carry, which is also the answer if the kernel does not know.
    int inner(PeerTable peers, int endpoint, Family inner) {
        Family outer = peers.family(endpoint);
        int room = outer(peers, endpoint, outer) - UdpSocket.overhead(outer);
        return Math.clamp(room, inner == Family.IPV4 ? LEAST_V4 : LEAST_V6, UdpSocket.MAX_PAYLOAD);
    }

    private int outer(PeerTable peers, int endpoint, Family outer) {
        boolean isV4 = outer == Family.IPV4;
        int fd = (isV4 ? v4 : v6).number();
        peers.copySocketAddress(endpoint, address);
        if (Libc.connect(fd, address, SocketAddress.bytes(outer), callState) < 0) {
            return 0;
        }
        optionLength.set(JAVA_INT, 0, Integer.BYTES);
        int result = isV4
                ? Libc.getsockopt(fd, IPPROTO_IP, IP_MTU, option, optionLength, callState)
                : Libc.getsockopt(fd, IPPROTO_IPV6, IPV6_MTU, option, optionLength, callState);
        return result < 0 ? 0 : option.get(JAVA_INT, 0);
    }

    @Override
    public void close() {
        close(v4);
        close(v6);
    }

    private static void close(Fd fd) {
        if (fd != null) {
            fd.close();
        }
    }

    private static Fd probe(Collection<Ip> local, Family family) throws KernelException {
        for (Ip address : local) {
            if (address.family() == family) {
                return bound(address);
            }
        }
        return null;
    }

    private static Fd bound(Ip address) throws KernelException {
        Fd fd = Libc.socket(address.family().af(), Libc.SOCK_DGRAM, 0);
        try (Arena arena = Arena.ofConfined()) {
            Libc.bind(fd, SocketAddress.of(arena, address, 0), address.toString());
            return fd;
        } catch (KernelException | RuntimeException e) {
            fd.close();
            throw e;
        }
    }
}

package jflannel.dataplane;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.linux.Errno;
import jflannel.linux.Fd;
import jflannel.linux.KernelException;
import jflannel.linux.Libc;
import jflannel.packet.IpPacket;

/// Sends packets as the node's own, with the headers that they already have: raw(7).
///
/// Writing them to the TUN device instead, as Go flannel does, fails for IPv4: a packet that comes in by a device with
/// one of the node's own addresses as its source is a martian to the kernel, so no sender ever hears of it.
final class RawSockets implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(RawSockets.class.getName());
    private static final int IPPROTO_RAW = 255; // implies that the header is included

    private final Map<Family, Fd> sockets = new EnumMap<>(Family.class);

    /// Without CAP_NET_RAW a family has no socket, and its senders are left to their time-outs.
    RawSockets(Collection<Family> families) {
        for (Family family : families) {
            try {
                sockets.put(family, Libc.socket(family.af(), Libc.SOCK_RAW | Libc.SOCK_NONBLOCK, IPPROTO_RAW));
            } catch (KernelException e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "no ICMP errors about undeliverable {0} packets will be sent (CAP_NET_RAW is needed): {1}",
                        family,
                        e.getMessage());
            }
        }
    }

    /// A way for one thread to send.
    IcmpOutlet outlet() {
        return new Outlet();
    }

    @Override
    public void close() {
        sockets.values().forEach(Fd::close);
    }

    private final class Outlet implements IcmpOutlet {
        private final int fdV4 = number(Family.IPV4);
        private final int fdV6 = number(Family.IPV6);
        private final MemorySegment addressV4 = SocketAddress.of(Arena.ofAuto(), Ip.ANY_V4, 0);
        private final MemorySegment addressV6 = SocketAddress.of(Arena.ofAuto(), Ip.ANY_V6, 0);
        private final MemorySegment header = MessageHeader.allocate(Arena.ofAuto(), MemorySegment.NULL, 0);

        @Override
        public long send(Family family, MemorySegment message, int length, MemorySegment callState) {
            boolean v4 = family == Family.IPV4;
            int fd = v4 ? fdV4 : fdV6;
            if (fd < 0) {
                return -Errno.EPERM.number();
            }
            MemorySegment address = v4 ? addressV4 : addressV6;
            SocketAddress.redirect(address, family, message, IpPacket.destination(family));
            MessageHeader.name(header, address.address(), SocketAddress.bytes(family));
            MessageHeader.data(header, message.address(), length);
            return Libc.sendmsg(fd, header, Libc.MSG_DONTWAIT, callState);
        }

        private int number(Family family) {
            Fd fd = sockets.get(family);
            return fd == null ? -1 : fd.number();
        }
    }
}

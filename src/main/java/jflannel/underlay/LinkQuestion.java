package jflannel.underlay;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.kernel.Link;
import jflannel.linux.Fd;
import jflannel.linux.KernelException;
import jflannel.linux.Libc;
import jflannel.packet.TransportHeader;

/// Asks which MAC address an IP address has on a link, as the kernel does where it has no permanent neighbor entry: by
/// ARP (RFC 826) and by neighbor solicitation (RFC 4861). Needs CAP_NET_RAW. For one thread.
final class LinkQuestion implements AutoCloseable {
    private static final Mac BROADCAST = Mac.parse("ff:ff:ff:ff:ff:ff");
    private static final Mac NONE = Mac.parse("00:00:00:00:00:00");
    private static final int ETH_P_ARP = 0x0806;
    private static final int ETH_P_IPV6 = 0x86dd;
    private static final int ETHERNET = 14; // bytes of the header
    private static final int ARP_REQUEST = 1;
    private static final int ARP_REPLY = 2;
    private static final int ICMPV6 = 58;
    private static final int IPV6_HEADER = 40;
    private static final int SOLICITATION = 135;
    private static final int ADVERTISEMENT = 136;
    private static final int SOURCE_ADDRESS = 1;
    private static final int TARGET_ADDRESS = 2;
    private static final int HOP_LIMIT = 255; // others are not answered
    private static final int ROOM = 2048;
    private static final ValueLayout.OfShort BIG_ENDIAN_SHORT = ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);

    private final Link link;
    private final Ip source;
    private final Fd socket;

    /// @param link an Ethernet device in the network namespace of the calling thread
    /// @param source this node's address on it
    LinkQuestion(Link link, Ip source) throws KernelException {
        this.link = link;
        this.source = source;
        this.socket = Libc.socket(Libc.AF_PACKET, Libc.SOCK_RAW | Libc.SOCK_NONBLOCK, 0);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(20, 4); // struct sockaddr_ll, packet(7)
            address.set(ValueLayout.JAVA_SHORT, 0, (short) Libc.AF_PACKET);
            address.set(BIG_ENDIAN_SHORT, 2, (short) (source.family() == Family.IPV4 ? ETH_P_ARP : ETH_P_IPV6));
            address.set(ValueLayout.JAVA_INT, 4, link.index());
            Libc.bind(socket, address, "packet socket to " + link.name());
        } catch (KernelException e) {
            socket.close();
            throw e;
        }
    }

    /// The MAC address that `target` has, as whoever has that address says.
    ///
    /// @param whom to ask; empty for everybody on the link
    /// @return empty if nobody answers in time
    Optional<Mac> ask(Ip target, Optional<Mac> whom, Duration patience) {
        byte[] question = source.family() == Family.IPV4
                ? arp(target, whom.orElse(BROADCAST))
                : solicitation(target, whom.isPresent(), whom.orElseGet(() -> multicast(target)));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = Libc.callState(arena);
            MemorySegment buffer = arena.allocate(ROOM);
            MemorySegment.copy(MemorySegment.ofArray(question), 0, buffer, 0, question.length);
            Libc.send(socket.number(), buffer, question.length, Libc.MSG_DONTWAIT, state);
            MemorySegment poll = Libc.pollfds(arena, socket);
            long end = System.nanoTime() + patience.toNanos();
            int left;
            while ((left = (int) ((end - System.nanoTime()) / 1_000_000)) > 0 && Libc.poll(poll, left, state) != 0) {
                long length = Libc.recv(socket.number(), buffer, ROOM, Libc.MSG_DONTWAIT, state);
                byte[] frame =
                        length <= 0 ? new byte[0] : buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
                Optional<Mac> answer = answer(frame, target);
                if (answer.isPresent()) {
                    return answer;
                }
            }
            return Optional.empty();
        }
    }

    private byte[] arp(Ip target, Mac to) {
        return ByteBuffer.allocate(ETHERNET + 28)
                .put(to.bytes())
                .put(link.mac().bytes())
                .putShort((short) ETH_P_ARP)
                .putShort((short) 1) // Ethernet
                .putShort((short) 0x0800) // IPv4
                .put((byte) 6)
                .put((byte) 4)
                .putShort((short) ARP_REQUEST)
                .put(link.mac().bytes())
                .put(source.bytes())
                .put(NONE.bytes())
                .put(target.bytes())
                .array();
    }

    private byte[] solicitation(Ip target, boolean unicast, Mac to) {
        Ip destination = unicast ? target : group(target);
        ByteBuffer message = ByteBuffer.allocate(32)
                .put((byte) SOLICITATION)
                .put(new byte[7])
                .put(target.bytes())
                .put((byte) SOURCE_ADDRESS)
                .put((byte) 1) // times eight bytes
                .put(link.mac().bytes());
        message.putShort(2, (short) TransportHeader.checksum(source, destination, ICMPV6, message.array()));
        return ByteBuffer.allocate(ETHERNET + IPV6_HEADER + message.capacity())
                .put(to.bytes())
                .put(link.mac().bytes())
                .putShort((short) ETH_P_IPV6)
                .putInt(6 << 28)
                .putShort((short) message.capacity())
                .put((byte) ICMPV6)
                .put((byte) HOP_LIMIT)
                .put(source.bytes())
                .put(destination.bytes())
                .put(message.array())
                .array();
    }

    /// The solicited-node multicast address.
    private static Ip group(Ip target) {
        byte[] group = Ip.parse("ff02::1:ff00:0").bytes();
        System.arraycopy(target.bytes(), 13, group, 13, 3);
        return Ip.of(group);
    }

    private static Mac multicast(Ip target) {
        byte[] group = group(target).bytes();
        return Mac.of(new byte[] {0x33, 0x33, group[12], group[13], group[14], group[15]});
    }

    private static Optional<Mac> answer(byte[] frame, Ip target) {
        return target.family() == Family.IPV4 ? arpReply(frame, target) : advertisement(frame, target);
    }

    private static Optional<Mac> arpReply(byte[] frame, Ip target) {
        boolean reply = frame.length >= ETHERNET + 28
                && frame[ETHERNET + 7] == ARP_REPLY
                && Arrays.equals(frame, ETHERNET + 14, ETHERNET + 18, target.bytes(), 0, 4);
        return reply ? Optional.of(mac(frame, ETHERNET + 8)) : Optional.empty();
    }

    private static Optional<Mac> advertisement(byte[] frame, Ip target) {
        int at = ETHERNET + IPV6_HEADER;
        boolean wanted = frame.length >= at + 24
                && frame[ETHERNET + 6] == ICMPV6
                && (frame[at] & 0xff) == ADVERTISEMENT
                && Arrays.equals(frame, at + 8, at + 24, target.bytes(), 0, 16);
        if (!wanted) {
            return Optional.empty();
        }
        boolean named = frame.length >= at + 32 && frame[at + 24] == TARGET_ADDRESS;
        return Optional.of(mac(frame, named ? at + 26 : 6));
    }

    private static Mac mac(byte[] frame, int at) {
        return Mac.of(Arrays.copyOfRange(frame, at, at + 6));
    }

    @Override
    public void close() {
        socket.close();
    }
}

package jflannel.packet;

import static jflannel.packet.Layout.family;
import static jflannel.packet.Layout.gsoType;
import static jflannel.packet.Layout.ipHeaderBytes;
import static jflannel.packet.Layout.protocol;
import static jflannel.packet.NetworkOrder.u16;
import static jflannel.packet.NetworkOrder.u32;
import static jflannel.packet.NetworkOrder.u64;

import java.lang.foreign.MemorySegment;
import jflannel.ip.Family;

/// Joins received packets of one flow to super-packets, which the kernel handles as one.
///
/// A packet joins the one before it only if cutting the super-packet gives back both, byte for byte: see
/// [#continues]. Everything else stays as it is, where it is. A super-packet is the headers of its first packet
/// and all payloads, copied into one piece: that spares the kernel more than the copy costs.
///
/// Packets of one flow keep their order. An instance is used for one batch after another, by one thread.
public final class Coalescer {
    /// The most packets in a batch.
    public static final int PACKETS = 2048;
    /// The most packets in a super-packet: for tiny ones, more is not worth it.
    static final int JOINED = 512;

    private static final int MAX_GROUP_BYTES = 65_535;

    /// Bytes of the longest super-packet, with its virtio header.
    public static final int WRITTEN_BYTES = VirtioHeader.BYTES + MAX_GROUP_BYTES;

    private static final int JOINED_UDP = 64; // UDP_MAX_SEGMENTS of the kernel until 6.9
    private static final int OPEN = 32;
    private static final int NONE = -1;

    private final MemorySegment buffer;
    private final boolean joinsUdp;

    // packets, in the order of their coming
    private final int[] at = new int[PACKETS];
    private final int[] length = new int[PACKETS];
    private final int[] next = new int[PACKETS]; // of the same group, or NONE
    private int packets;

    // groups: packets that are one super-packet, or a single one; in the order of their first packets
    private final int[] head = new int[PACKETS];
    private final int[] tail = new int[PACKETS];
    private final int[] count = new int[PACKETS];
    private final int[] groupBytes = new int[PACKETS]; // of the super-packet
    private final int[] headerBytes = new int[PACKETS];
    private final int[] layout = new int[PACKETS]; // as in Layout
    private int groups;

    // groups that the next packet of their flow may join; the oldest is forgotten when there are too many
    private final int[] openGroup = new int[OPEN];
    private final long[] openFlow = new long[OPEN];
    private int opened;

    // of the packet in hand
    private int layoutInHand;
    private int headerInHand;

    /// @param buffer where all packets lie
    /// @param joinsUdp if false, TCP only
    public Coalescer(MemorySegment buffer, boolean joinsUdp) {
        this.buffer = buffer;
        this.joinsUdp = joinsUdp;
    }

    public boolean hasRoom() {
        return packets < PACKETS;
    }

    /// Adds a packet of `length` bytes, sound by [IpPacket#family].
    public void add(Family family, int at, int length) {
        int packet = packets++;
        this.at[packet] = at;
        this.length[packet] = length;
        next[packet] = NONE;
        if (!examine(family, at, length)) {
            begin(packet);
            return;
        }
        long flow = flow(at);
        int slot = find(flow, at);
        if (slot != NONE) {
            if (continues(openGroup[slot], packet)) {
                join(slot, packet);
                return;
            }
            close(slot); // else a later packet would overtake this one
        }
        int group = begin(packet);
        if (mayLead(at, length)) {
            open(group, flow);
        }
    }

    /// How many groups there are: packets to be written one by one, and super-packets.
    public int groups() {
        return groups;
    }

    /// How many packets are joined in a group.
    public int count(int group) {
        return count[group];
    }

    /// The bytes of all packets of a group.
    public long totalBytes(int group) {
        return groupBytes[group] + (long) (count[group] - 1) * headerBytes[group];
    }

    /// The first packet of a group.
    public int first(int group) {
        return head[group];
    }

    /// The next packet of the same group, or a negative number.
    public int next(int packet) {
        return next[packet];
    }

    public int at(int packet) {
        return at[packet];
    }

    public int length(int packet) {
        return length[packet];
    }

    /// Writes a super-packet with its virtio header.
    ///
    /// @param to [#WRITTEN_BYTES] of room
    /// @return how many bytes
    public long write(int group, MemorySegment to) {
        long end = writeHeader(group, to);
        int skipped = headerBytes[group];
        for (int packet = head[group]; packet != NONE; packet = next[packet]) {
            int bytes = length[packet] - skipped;
            MemorySegment.copy(buffer, at[packet] + (long) skipped, to, end, bytes);
            end += bytes;
        }
        return end;
    }

    private int writeHeader(int group, MemorySegment to) {
        int ip = VirtioHeader.BYTES;
        int bytes = headerBytes[group];
        int lead = head[group];
        int transport = ipHeaderBytes(layout[group]);
        int protocol = protocol(layout[group]);
        MemorySegment.copy(buffer, at[lead], to, ip, bytes);
        if (family(layout[group]) == Family.IPV4) {
            u16(to, ip + Ipv4Packet.TOTAL_LENGTH, groupBytes[group]);
            Ipv4Packet.seal(to, ip);
        } else {
            u16(to, ip + Ipv6Packet.PAYLOAD_LENGTH, groupBytes[group] - Ipv6Packet.HEADER_BYTES);
        }
        writeTransport(group, to, ip + transport);
        VirtioHeader.write(
                to,
                0,
                gsoType(layout[group]),
                bytes,
                length[lead] - bytes,
                transport,
                TransportHeader.checksum(protocol));
        return ip + bytes;
    }

    private void writeTransport(int group, MemorySegment to, long transport) {
        int protocol = protocol(layout[group]);
        int bytes = groupBytes[group] - ipHeaderBytes(layout[group]);
        if (protocol == TransportHeader.TCP) {
            long lastFlags = at[tail[group]] + ipHeaderBytes(layout[group]) + TransportHeader.TCP_FLAGS;
            u16(
                    to,
                    transport + TransportHeader.TCP_FLAGS,
                    u16(buffer, lastFlags)); // the first has no flag that it lacks
        } else {
            u16(to, transport + TransportHeader.UDP_LENGTH, bytes);
        }
        long sum = TransportHeader.pseudoHeader(family(layout[group]), to, VirtioHeader.BYTES, protocol, bytes);
        u16(to, transport + TransportHeader.checksum(protocol), InternetChecksum.fold(sum));
    }

    /// Forgets all packets.
    public void clear() {
        packets = 0;
        groups = 0;
        opened = 0;
    }

    /// Finds out where the headers of a packet end. Packets that might belong to an open group without being fit to
    /// join it, for their fragments or options, close all groups: they must not be overtaken.
    ///
    /// @return false if it can join nothing
    private boolean examine(Family family, int at, int length) {
        layoutInHand = 0;
        headerInHand = 0;
        boolean v4 = family == Family.IPV4;
        int protocol = v4 ? Ipv4Packet.protocol(buffer, at) : Ipv6Packet.nextHeader(buffer, at);
        if (protocol != TransportHeader.TCP && (protocol != TransportHeader.UDP || !joinsUdp)) {
            if (!v4 && Ipv6Packet.isExtension(protocol)) {
                opened = 0;
            }
            return false;
        }
        int transport = v4 ? Ipv4Packet.HEADER_BYTES : Ipv6Packet.HEADER_BYTES;
        int header = v4 && !Ipv4Packet.isPlain(buffer, at)
                ? NONE
                : transportBytes(protocol, at + transport, length - transport);
        if (header == NONE) {
            opened = 0;
            return false;
        }
        layoutInHand = Layout.of(family, protocol, transport);
        headerInHand = transport + header;
        return true;
    }

    /// Length of a whole TCP or UDP header within `length` bytes, or [#NONE].
    private int transportBytes(int protocol, int at, int length) {
        if (protocol == TransportHeader.UDP) {
            boolean whole =
                    length >= TransportHeader.UDP_BYTES && u16(buffer, at + TransportHeader.UDP_LENGTH) == length;
            return whole ? TransportHeader.UDP_BYTES : NONE;
        }
        if (length < TransportHeader.TCP_BYTES) {
            return NONE;
        }
        int bytes = TransportHeader.tcpBytes(buffer, at);
        return bytes < TransportHeader.TCP_BYTES || bytes > length ? NONE : bytes;
    }

    /// A number that two packets of one flow share, and packets of different flows hardly ever.
    private long flow(int at) {
        long ports = u32(buffer, at + ipHeaderBytes(layoutInHand) + TransportHeader.PORTS);
        long addresses = family(layoutInHand) == Family.IPV4
                ? u64(buffer, at + Ipv4Packet.SOURCE)
                : u64(buffer, at + Ipv6Packet.SOURCE)
                        + u64(buffer, at + Ipv6Packet.SOURCE + 8) * 3
                        + u64(buffer, at + Ipv6Packet.DESTINATION) * 5
                        + u64(buffer, at + Ipv6Packet.DESTINATION + 8) * 7;
        return addresses * 31 + (ports << 8 | protocol(layoutInHand));
    }

    private int find(long flow, int at) {
        for (int slot = opened - 1; slot >= 0; slot--) {
            if (openFlow[slot] == flow && isSameFlow(openGroup[slot], at)) {
                return slot;
            }
        }
        return NONE;
    }

    private boolean isSameFlow(int group, int at) {
        if (layout[group] != layoutInHand) {
            return false;
        }
        int other = this.at[head[group]];
        int ports = ipHeaderBytes(layoutInHand) + TransportHeader.PORTS;
        if (u32(buffer, at + ports) != u32(buffer, other + ports)) {
            return false;
        }
        return family(layoutInHand) == Family.IPV4
                ? FlowOrder.isSame(buffer, Ipv4Packet.SOURCE, 8, at, other)
                : FlowOrder.isSame(buffer, Ipv6Packet.SOURCE, 32, at, other);
    }

    /// True if the packet follows the last one of the group: cutting the two joined must give back both.
    ///
    /// So all headers must be the same except for what a cut increments (IPv4 identification, TCP sequence number)
    /// or reserves for the last packet (PSH and FIN), and all payloads equally long except for a shorter last one.
    /// The checksums must be correct, because the kernel computes them again: joining must not hide damage
    /// in transit.
    private boolean continues(int group, int packet) {
        int a = at[packet];
        int lead = at[head[group]];
        int header = headerBytes[group];
        int payload = length[packet] - headerInHand;
        int full = length[head[group]] - header;
        boolean tcp = protocol(layoutInHand) == TransportHeader.TCP;
        return headerInHand == header
                && payload > 0
                && payload <= full
                && groupBytes[group] + payload <= MAX_GROUP_BYTES
                && FlowOrder.continuesIp(buffer, layoutInHand, a, lead, count[group])
                && (!tcp || FlowOrder.continuesTcp(buffer, layoutInHand, header, a, lead, count[group] * full))
                && FlowOrder.isIntact(buffer, layoutInHand, a, length[packet])
                && (count[group] > 1 || FlowOrder.isIntact(buffer, layoutInHand, lead, length[head[group]]));
    }

    /// True if packets may be joined to this one. No flags but ACK: PSH and FIN end a super-packet, CWR begins
    /// one that cannot be described, and the others are rare.
    private boolean mayLead(int at, int length) {
        return length > headerInHand
                && (protocol(layoutInHand) != TransportHeader.TCP
                        || TransportHeader.tcpFlags(buffer, at + ipHeaderBytes(layoutInHand)) == TransportHeader.ACK);
    }

    private int begin(int packet) {
        int group = groups++;
        head[group] = packet;
        tail[group] = packet;
        count[group] = 1;
        groupBytes[group] = length[packet];
        headerBytes[group] = headerInHand;
        layout[group] = layoutInHand;
        return group;
    }

    private void join(int slot, int packet) {
        int group = openGroup[slot];
        int payload = length[packet] - headerInHand;
        next[tail[group]] = packet;
        tail[group] = packet;
        count[group]++;
        groupBytes[group] += payload;
        boolean tcp = protocol(layoutInHand) == TransportHeader.TCP;
        boolean last = tcp
                && (u16(buffer, at[packet] + ipHeaderBytes(layoutInHand) + TransportHeader.TCP_FLAGS)
                                & FlowOrder.LAST_ONLY)
                        != 0;
        if (last || payload < length[head[group]] - headerInHand || count[group] == (tcp ? JOINED : JOINED_UDP)) {
            close(slot);
        }
    }

    private void open(int group, long flow) {
        if (opened == OPEN) {
            close(0);
        }
        openGroup[opened] = group;
        openFlow[opened++] = flow;
    }

    private void close(int slot) {
        opened--;
        for (int i = slot; i < opened; i++) {
            openGroup[i] = openGroup[i + 1];
            openFlow[i] = openFlow[i + 1];
        }
    }
}

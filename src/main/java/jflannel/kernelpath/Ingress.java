package jflannel.kernelpath;

import static jflannel.bpf.Comparison.EQUAL;
import static jflannel.bpf.Comparison.NOT_EQUAL;
import static jflannel.bpf.Comparison.SHARES_BITS;
import static jflannel.bpf.Operation.ADD;
import static jflannel.bpf.Operation.AND;
import static jflannel.bpf.Operation.SHIFT_RIGHT;
import static jflannel.bpf.Operation.SUBTRACT;
import static jflannel.bpf.Register.FRAME;
import static jflannel.bpf.Register.R0;
import static jflannel.bpf.Register.R1;
import static jflannel.bpf.Register.R2;
import static jflannel.bpf.Size.U16;
import static jflannel.bpf.Size.U32;
import static jflannel.bpf.Size.U8;
import static jflannel.kernelpath.Blocks.LENGTH;
import static jflannel.kernelpath.Blocks.PASS;
import static jflannel.kernelpath.Blocks.PEER;
import static jflannel.kernelpath.Blocks.SKB;
import static jflannel.kernelpath.Blocks.SLOT;
import static jflannel.kernelpath.Wire.ETHERNET_BYTES;

import jflannel.bpf.Assembler;
import jflannel.bpf.Code;
import jflannel.bpf.Helper;
import jflannel.bpf.Packet;
import jflannel.ip.Family;
import jflannel.ip.Ip;

/// The path of packets from peers to the device, at the ingress hook of the interface to the other nodes. It does
/// what [jflannel.dataplane.UdpToTun] does, for datagrams without surprises:
///
/// 1. see that it is a datagram for this node's address and port, whole, and without a checksum: what the loops of a
///    daemon send has one, and belongs to the socket
/// 2. see that it holds one whole IP packet without options, which may travel on
/// 3. see that the packet comes from the peer that its source belongs to, or drop it
/// 4. take the outer headers away, count the hop, and count the packet for the peer
/// 5. let the packet arrive at the device, those of TCP by a detour where the kernel joins them
///
/// Everything else stays as it is and reaches the socket.
final class Ingress {
    private static final int FRAGMENT = 0x3fff; // "more fragments", and the offset
    /// A flag of redirect: at the device, not from it.
    static final int ARRIVES = 1; // BPF_F_INGRESS

    private final Settings settings;
    private final Tables tables;
    private final Assembler out = new Assembler();
    private final Blocks blocks = new Blocks(out);

    Ingress(Settings settings, Tables tables) {
        this.settings = settings;
        this.tables = tables;
    }

    Code code() {
        out.set(SKB, R1)
                .load(U32, R1, SKB, Packet.FOR_WHOM)
                .jumpIf(R1, NOT_EQUAL, 0, PASS)
                .load(U32, R1, SKB, Packet.PROTOCOL);
        for (Settings.Uplink uplink : settings.uplinks()) {
            Family family = uplink.address().family();
            out.jumpIf(R1, EQUAL, Wire.protocol(family), "outer-" + family);
        }
        blocks.ends(tables, Tables.REFUSED_IN);
        settings.uplinks().forEach(uplink -> outer(uplink.address()));
        foreign();
        return out.assemble();
    }

    private void outer(Ip local) {
        Family outer = local.family();
        int start = start(outer);
        String label = "outer-" + outer;
        out.label(label);
        int known = outer.headerBytes() + Wire.UDP_BYTES + Family.IPV4.headerBytes();
        blocks.copyFromPacket(ETHERNET_BYTES, start, known);
        if (outer == Family.IPV4) {
            requireV4(local);
        } else {
            requireV6(local);
        }
        requireUdp();
        out.load(U8, R1, FRAME, Frame.INNER)
                .compute(R1, SHIFT_RIGHT, 4)
                .jumpIf(R1, EQUAL, 4, label + "-holds-v4")
                .jumpIf(R1, EQUAL, 6, label + "-holds-v6")
                .jump(PASS)
                .label(label + "-holds-v6");
        blocks.copyFromPacket(
                ETHERNET_BYTES + known,
                Frame.INNER + Family.IPV4.headerBytes(),
                Family.IPV6.headerBytes() - Family.IPV4.headerBytes());
        inner(outer, Family.IPV6, label + "-v6");
        out.label(label + "-holds-v4");
        inner(outer, Family.IPV4, label + "-v4");
    }

    private static int start(Family outer) {
        return outer == Family.IPV4 ? Frame.OUTER_V4 : Frame.OUTER_V6;
    }

    /// @param protocol where the frame has the protocol of what follows the outer IP header
    private void requirePort(int protocol) {
        out.load(U8, R1, FRAME, protocol)
                .jumpIf(R1, NOT_EQUAL, Wire.PROTOCOL_UDP, PASS)
                .load(U16, R1, FRAME, Frame.UDP + Wire.UDP_DESTINATION)
                .jumpIf(R1, NOT_EQUAL, Wire.u16(settings.port()), PASS);
    }

    /// [Blocks#LENGTH] becomes that of the inner packet, by the IP header.
    private void requireV4(Ip local) {
        int ip = Frame.OUTER_V4;
        out.load(U8, R1, FRAME, ip).jumpIf(R1, NOT_EQUAL, 0x45, PASS);
        requirePort(ip + Wire.V4_PROTOCOL);
        requireAddress(local, ip + Wire.V4_DESTINATION);
        out.load(U16, R1, FRAME, ip + Wire.V4_FRAGMENT)
                .jumpIf(R1, SHARES_BITS, Wire.u16(FRAGMENT), PASS)
                .load(U16, LENGTH, FRAME, ip + Wire.V4_TOTAL_LENGTH)
                .swap16(LENGTH);
        requireWhole();
        blocks.sumOfHeader(ip);
        out.jumpIf(R0, NOT_EQUAL, 0xffff, PASS).compute(LENGTH, SUBTRACT, Family.IPV4.headerBytes() + Wire.UDP_BYTES);
    }

    private void requireV6(Ip local) {
        int ip = Frame.OUTER_V6;
        out.load(U8, R1, FRAME, ip).compute(R1, SHIFT_RIGHT, 4).jumpIf(R1, NOT_EQUAL, 6, PASS);
        requirePort(ip + Wire.V6_NEXT_HEADER);
        requireAddress(local, ip + Wire.V6_DESTINATION);
        out.load(U16, LENGTH, FRAME, ip + Wire.V6_PAYLOAD_LENGTH)
                .swap16(LENGTH)
                .compute(LENGTH, ADD, Family.IPV6.headerBytes());
        requireWhole();
        out.compute(LENGTH, SUBTRACT, Family.IPV6.headerBytes() + Wire.UDP_BYTES);
    }

    private void requireAddress(Ip local, int at) {
        int[] words = Wire.words(local);
        for (int i = 0; i < words.length; i++) {
            out.load(U32, R1, FRAME, at + 4 * i).setUnsigned(R2, words[i]).jumpIf(R1, NOT_EQUAL, R2, PASS);
        }
    }

    /// Neither cut short nor padded.
    private void requireWhole() {
        out.load(U32, R1, SKB, Packet.LENGTH)
                .compute(R1, SUBTRACT, ETHERNET_BYTES)
                .jumpIf(R1, NOT_EQUAL, LENGTH, PASS);
    }

    private void requireUdp() {
        out.load(U16, R1, FRAME, Frame.UDP + Wire.UDP_CHECKSUM)
                .jumpIf(R1, NOT_EQUAL, 0, PASS)
                .load(U16, R1, FRAME, Frame.UDP + Wire.UDP_LENGTH)
                .swap16(R1)
                .compute(R1, SUBTRACT, Wire.UDP_BYTES)
                .jumpIf(R1, NOT_EQUAL, LENGTH, PASS);
    }

    private void inner(Family outer, Family inner, String label) {
        boolean v4 = inner == Family.IPV4;
        blocks.requireSound(inner);
        requireNoUdpSuperPacket(inner, label);
        out.set(SLOT, Tables.NOBODY);
        if (settings.sourceCheck()) {
            requireSource(outer, inner);
        } else {
            findSlot(inner, label);
        }
        blocks.countHop(inner);
        if (settings.local().proven()) {
            settings.local().enter(out, blocks, outer, inner, tables, label);
        }
        int crossing = inner == outer ? 0 : v4 ? Blocks.DECAP_L3_IPV4 : Blocks.DECAP_L3_IPV6;
        blocks.adjustRoom(-outer.headerBytes() - Wire.UDP_BYTES, Blocks.FIXED_GSO | crossing);
        blocks.copyToPacket(Frame.INNER, ETHERNET_BYTES, inner.headerBytes());
        blocks.count(tables, Tables.RECEIVED, label + "-counted");
        if (inner == outer && !settings.detour().equals(Settings.Detour.NONE)) {
            detour(inner, label);
        }
        arrive(out, settings);
    }

    static Assembler arrive(Assembler out, Settings settings) {
        return out.set(R1, settings.device())
                .set(R2, ARRIVES)
                .call(Helper.REDIRECT)
                .exit();
    }

    /// What comes out of the detour arrives at the device.
    static Code exit(Settings settings) {
        return arrive(new Assembler(), settings).assemble();
    }

    /// Joining packets of TCP that come one by one saves more than the way costs. A super-packet that came in one
    /// piece, and cannot take the [LocalTunnel], is cut on the way and joined again.
    private void detour(Family inner, String label) {
        int protocol = Frame.INNER + (inner == Family.IPV4 ? Wire.V4_PROTOCOL : Wire.V6_NEXT_HEADER);
        String direct = label + "-direct";
        out.load(U8, R1, FRAME, protocol)
                .jumpIf(R1, NOT_EQUAL, Wire.PROTOCOL_TCP, direct)
                .set(R1, settings.detour().entrance())
                .set(R2, 0)
                .call(Helper.REDIRECT)
                .exit()
                .label(direct);
    }

    /// The kernel remembers of a super-packet that it came through a tunnel, and drops it later if it holds UDP.
    private void requireNoUdpSuperPacket(Family inner, String label) {
        int protocol = Frame.INNER + (inner == Family.IPV4 ? Wire.V4_PROTOCOL : Wire.V6_NEXT_HEADER);
        out.load(U32, R1, SKB, Packet.GSO_SIZE)
                .jumpIf(R1, EQUAL, 0, label + "-fine")
                .load(U8, R1, FRAME, protocol)
                .jumpIf(R1, NOT_EQUAL, Wire.PROTOCOL_TCP, PASS)
                .label(label + "-fine");
    }

    private void requireSource(Family outer, Family inner) {
        int from = start(outer) + (outer == Family.IPV4 ? Wire.V4_SOURCE : Wire.V6_SOURCE);
        int source = inner == Family.IPV4 ? Wire.V4_SOURCE : Wire.V6_SOURCE;
        String refused = inner == outer ? "foreign-or-node-" + inner : "foreign";
        blocks.findPeer(inner, source, tables);
        out.jumpIf(R0, EQUAL, 0, refused)
                .set(PEER, R0)
                .load(U32, SLOT, PEER, Tables.PEER_SLOT)
                .load(U32, R1, PEER, Tables.PEER_FLAGS)
                .compute(R1, AND, outer == Family.IPV4 ? Tables.OUTER_V4 : Tables.OUTER_V6)
                .jumpIf(R1, EQUAL, 0, refused);
        for (int i = 0; i < outer.bytes(); i += 4) {
            out.load(U32, R1, PEER, Tables.ADDRESS + i)
                    .load(U32, R2, FRAME, from + i)
                    .jumpIf(R1, NOT_EQUAL, R2, refused);
        }
    }

    /// Without the check, packets count for the peer that they claim to come from.
    private void findSlot(Family inner, String label) {
        blocks.findPeer(inner, inner == Family.IPV4 ? Wire.V4_SOURCE : Wire.V6_SOURCE, tables);
        out.jumpIf(R0, EQUAL, 0, label + "-unknown")
                .load(U32, SLOT, R0, Tables.PEER_SLOT)
                .label(label + "-unknown");
    }

    /// A node may send with its own address, but whether the sender is a node only the daemon knows.
    private void foreign() {
        if (!settings.sourceCheck()) {
            return;
        }
        for (Settings.Uplink uplink : settings.uplinks()) {
            Family family = uplink.address().family();
            int source = family == Family.IPV4 ? Wire.V4_SOURCE : Wire.V6_SOURCE;
            out.label("foreign-or-node-" + family);
            for (int i = 0; i < family.bytes(); i += 4) {
                out.load(U32, R1, FRAME, Frame.INNER + source + i)
                        .load(U32, R2, FRAME, start(family) + source + i)
                        .jumpIf(R1, NOT_EQUAL, R2, "foreign");
            }
            out.jump(PASS);
        }
        out.label("foreign");
        blocks.countOne(tables, Tables.WRONG_SOURCE, "foreign-counted-for-peer");
        blocks.countEnd(tables, Tables.WRONG_SOURCE, "foreign-counted");
        out.exit(Blocks.TC_ACT_SHOT);
    }
}

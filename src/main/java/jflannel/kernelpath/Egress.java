package jflannel.kernelpath;

import static jflannel.bpf.Comparison.ABOVE;
import static jflannel.bpf.Comparison.EQUAL;
import static jflannel.bpf.Comparison.NOT_EQUAL;
import static jflannel.bpf.Comparison.SHARES_BITS;
import static jflannel.bpf.Operation.ADD;
import static jflannel.bpf.Operation.AND;
import static jflannel.bpf.Operation.OR;
import static jflannel.bpf.Operation.SHIFT_LEFT;
import static jflannel.bpf.Operation.SHIFT_RIGHT;
import static jflannel.bpf.Operation.SUBTRACT;
import static jflannel.bpf.Operation.XOR;
import static jflannel.bpf.Register.FRAME;
import static jflannel.bpf.Register.R0;
import static jflannel.bpf.Register.R1;
import static jflannel.bpf.Register.R2;
import static jflannel.bpf.Register.R3;
import static jflannel.bpf.Register.R4;
import static jflannel.bpf.Size.U16;
import static jflannel.bpf.Size.U32;
import static jflannel.bpf.Size.U64;
import static jflannel.bpf.Size.U8;
import static jflannel.kernelpath.Blocks.DROP;
import static jflannel.kernelpath.Blocks.LENGTH;
import static jflannel.kernelpath.Blocks.PASS;
import static jflannel.kernelpath.Blocks.PEER;
import static jflannel.kernelpath.Blocks.SKB;
import static jflannel.kernelpath.Blocks.SLOT;

import jflannel.bpf.Assembler;
import jflannel.bpf.Code;
import jflannel.bpf.Helper;
import jflannel.bpf.Packet;
import jflannel.ip.Family;
import jflannel.ip.Ip;

/// The path of packets from the device to peers, at the device's egress hook. It does what
/// [jflannel.dataplane.TunToUdp] does, for packets without surprises:
///
/// 1. see that it is one whole IP packet without options, which may travel on
/// 2. find the peer whose subnet is the narrowest around its destination; it must take the kernel's packets
/// 3. see that it fits through to the peer; of a super-packet, each packet that it stands for
/// 4. choose a source port by its flow, so that networks spread flows over links
/// 5. count the hop, and make the outer headers; the UDP checksum is zero
/// 6. put them in front, count the packet for the peer, and hand it to the neighbor on the way there
///
/// Everything else stays as it is and reaches the loops in the daemon, which also inform senders. So a packet that
/// leaves here is one that they would have sent alike.
final class Egress {
    /// A datagram's length is a number of 16 bits.
    private static final int LONGEST = 0xffff - Family.IPV6.headerBytes() - Wire.UDP_BYTES;

    private static final int HOPS = 64;
    private static final int TCP = Wire.PROTOCOL_TCP;

    private final Settings settings;
    private final Tables tables;
    private final int linkLayer;
    private final Assembler out = new Assembler();
    private final Blocks blocks = new Blocks(out);

    /// @param linkLayer bytes in front of the IP header: none on a TUN device, 14 in a test run
    Egress(Settings settings, Tables tables, int linkLayer) {
        this.settings = settings;
        this.tables = tables;
        this.linkLayer = linkLayer;
    }

    Code code() {
        out.set(SKB, R1)
                .load(U32, LENGTH, SKB, Packet.LENGTH)
                .compute(LENGTH, SUBTRACT, linkLayer)
                .load(U32, R1, SKB, Packet.PROTOCOL)
                .jumpIf(R1, EQUAL, Wire.protocol(Family.IPV4), "inner-v4")
                .jumpIf(R1, EQUAL, Wire.protocol(Family.IPV6), "inner-v6");
        blocks.ends(tables, Tables.REFUSED_OUT);
        inner(Family.IPV4, "inner-v4");
        inner(Family.IPV6, "inner-v6");
        return out.assemble();
    }

    private void inner(Family inner, String label) {
        out.label(label);
        blocks.copyFromPacket(linkLayer, Frame.INNER, inner.headerBytes());
        blocks.requireSound(inner);
        blocks.findPeer(inner, inner == Family.IPV4 ? Wire.V4_DESTINATION : Wire.V6_DESTINATION, tables);
        out.jumpIf(R0, EQUAL, 0, PASS)
                .set(PEER, R0)
                .load(U32, R1, PEER, Tables.PEER_FLAGS)
                .jumpIf(R1, SHARES_BITS, Tables.KERNEL, label + "-kernel")
                .jump(PASS)
                .label(label + "-kernel");
        requireThatItFits(inner, label);
        blocks.countHop(inner);
        udpHeader();
        for (Settings.Uplink uplink : settings.uplinks()) {
            Family family = uplink.address().family();
            int flag = family == Family.IPV4 ? Tables.OUTER_V4 : Tables.OUTER_V6;
            String outer = label + "-in-" + family;
            out.load(U32, R1, PEER, Tables.PEER_FLAGS)
                    .jumpIf(R1, SHARES_BITS, flag, outer)
                    .jump(outer + "-not")
                    .label(outer);
            send(inner, uplink, outer);
            out.label(outer + "-not");
        }
        out.jump(PASS);
    }

    /// R1 becomes the length of the packet, or of each packet that the super-packet stands for.
    private void requireThatItFits(Family inner, String label) {
        int protocol = Frame.INNER + (inner == Family.IPV4 ? Wire.V4_PROTOCOL : Wire.V6_NEXT_HEADER);
        int transport = linkLayer + inner.headerBytes();
        out.jumpIf(LENGTH, ABOVE, LONGEST, PASS)
                .set(R1, LENGTH)
                .load(U32, SLOT, SKB, Packet.GSO_SIZE)
                .jumpIf(SLOT, EQUAL, 0, label + "-size")
                .compute(SLOT, ADD, inner.headerBytes())
                .load(U8, R2, FRAME, protocol)
                .jumpIf(R2, EQUAL, TCP, label + "-tcp")
                .set(R1, SLOT)
                .compute(R1, ADD, Wire.UDP_BYTES)
                .jumpIf(R2, EQUAL, Wire.PROTOCOL_UDP, label + "-size")
                .jump(PASS)
                .label(label + "-tcp");
        blocks.copyFromPacket(transport + Wire.TCP_HEADER_LENGTH, Frame.BYTE, 1);
        out.load(U8, R1, FRAME, Frame.BYTE)
                .compute(R1, SHIFT_RIGHT, 4)
                .compute(R1, SHIFT_LEFT, 2)
                .compute(R1, ADD, SLOT)
                .label(label + "-size")
                .load(U32, R2, PEER, Tables.PEER_MTU)
                .jumpIf(R1, ABOVE, R2, PASS);
    }

    private void udpHeader() {
        out.set(R1, SKB)
                .call(Helper.GET_HASH_RECALC)
                .compute(R0, AND, 0x3fff)
                .compute(R0, OR, 0xc000)
                .swap16(R0)
                .store(U16, FRAME, Frame.UDP + Wire.UDP_SOURCE, R0)
                .store(U16, FRAME, Frame.UDP + Wire.UDP_DESTINATION, Wire.u16(settings.port()))
                .set(R1, LENGTH)
                .compute(R1, ADD, Wire.UDP_BYTES)
                .swap16(R1)
                .store(U16, FRAME, Frame.UDP + Wire.UDP_LENGTH, R1)
                .store(U16, FRAME, Frame.UDP + Wire.UDP_CHECKSUM, 0);
    }

    private void send(Family inner, Settings.Uplink uplink, String label) {
        Ip local = uplink.address();
        boolean v4 = local.family() == Family.IPV4;
        if (v4) {
            outerV4(local);
        } else {
            outerV6(local);
        }
        int added = local.family().headerBytes() + Wire.UDP_BYTES;
        int kind = v4 ? Blocks.ENCAP_L3_IPV4 : Blocks.ENCAP_L3_IPV6;
        blocks.adjustRoom(added, Blocks.FIXED_GSO | Blocks.ENCAP_L4_UDP | kind);
        blocks.copyToPacket(v4 ? Frame.OUTER_V4 : Frame.OUTER_V6, linkLayer, added + inner.headerBytes());
        if (linkLayer == 0) {
            roomForEthernet();
        }
        out.load(U32, SLOT, PEER, Tables.PEER_SLOT);
        blocks.count(tables, Tables.SENT, label + "-counted");
        out.set(R1, uplink.ifIndex())
                .set(R2, 0)
                .set(R3, 0)
                .set(R4, 0)
                .call(Helper.REDIRECT_NEIGH)
                .exit();
    }

    /// The kernel drops what is to get a link-layer header and has no room for it.
    private void roomForEthernet() {
        out.set(R1, SKB)
                .set(R2, Wire.ETHERNET_BYTES)
                .set(R3, 0)
                .call(Helper.SKB_CHANGE_HEAD)
                .jumpIf(R0, NOT_EQUAL, 0, DROP);
    }

    /// May be cut into fragments on the way: nobody would hear an ICMP message about it, because no socket has its
    /// source port.
    private void outerV4(Ip local) {
        int ip = Frame.OUTER_V4;
        out.call(Helper.GET_PRANDOM_U32)
                .store(U16, FRAME, ip + Wire.V4_IDENTIFICATION, R0)
                .store(U16, FRAME, ip, Wire.u16(0x4500))
                .set(R1, LENGTH)
                .compute(R1, ADD, Family.IPV4.headerBytes() + Wire.UDP_BYTES)
                .swap16(R1)
                .store(U16, FRAME, ip + Wire.V4_TOTAL_LENGTH, R1)
                .store(U16, FRAME, ip + Wire.V4_FRAGMENT, 0)
                .store(U16, FRAME, ip + Wire.V4_TIME_TO_LIVE, Wire.u16(HOPS << 8 | Wire.PROTOCOL_UDP))
                .store(U16, FRAME, ip + Wire.V4_CHECKSUM, 0)
                .store(U32, FRAME, ip + Wire.V4_SOURCE, Wire.words(local)[0])
                .load(U32, R1, PEER, Tables.ADDRESS)
                .store(U32, FRAME, ip + Wire.V4_DESTINATION, R1);
        blocks.sumOfHeader(ip);
        out.compute(R0, XOR, 0xffff).store(U16, FRAME, ip + Wire.V4_CHECKSUM, R0);
    }

    private void outerV6(Ip local) {
        int ip = Frame.OUTER_V6;
        out.store(U32, FRAME, ip, Wire.u32(0x60000000))
                .set(R1, LENGTH)
                .compute(R1, ADD, Wire.UDP_BYTES)
                .swap16(R1)
                .store(U16, FRAME, ip + Wire.V6_PAYLOAD_LENGTH, R1)
                .store(U16, FRAME, ip + Wire.V6_NEXT_HEADER, Wire.u16(Wire.PROTOCOL_UDP << 8 | HOPS));
        int[] words = Wire.words(local);
        for (int i = 0; i < words.length; i++) {
            out.store(U32, FRAME, ip + Wire.V6_SOURCE + 4 * i, words[i]);
        }
        for (int i = 0; i < 16; i += 8) {
            out.load(U64, R1, PEER, Tables.ADDRESS + i).store(U64, FRAME, ip + Wire.V6_DESTINATION + i, R1);
        }
    }
}

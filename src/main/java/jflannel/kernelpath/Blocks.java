package jflannel.kernelpath;

import static jflannel.bpf.Comparison.BELOW;
import static jflannel.bpf.Comparison.EQUAL;
import static jflannel.bpf.Comparison.NOT_EQUAL;
import static jflannel.bpf.Operation.ADD;
import static jflannel.bpf.Operation.AND;
import static jflannel.bpf.Operation.SHIFT_RIGHT;
import static jflannel.bpf.Operation.XOR;
import static jflannel.bpf.Register.FRAME;
import static jflannel.bpf.Register.R0;
import static jflannel.bpf.Register.R1;
import static jflannel.bpf.Register.R2;
import static jflannel.bpf.Register.R3;
import static jflannel.bpf.Register.R4;
import static jflannel.bpf.Register.R5;
import static jflannel.bpf.Register.R6;
import static jflannel.bpf.Register.R7;
import static jflannel.bpf.Register.R8;
import static jflannel.bpf.Register.R9;
import static jflannel.bpf.Size.U16;
import static jflannel.bpf.Size.U32;
import static jflannel.bpf.Size.U64;
import static jflannel.bpf.Size.U8;

import jflannel.bpf.Assembler;
import jflannel.bpf.Helper;
import jflannel.bpf.Packet;
import jflannel.bpf.Register;
import jflannel.ip.Family;

/// What both programs do alike. Each jumps to the label `pass` with a packet that it leaves to others, unchanged.
final class Blocks {
    // what the registers that survive calls hold
    static final Register SKB = R6;
    static final Register PEER = R7;
    static final Register LENGTH = R8; // of the inner packet
    static final Register SLOT = R9; // of the peer's counts

    static final String PASS = "pass";
    static final String DROP = "drop";

    // linux/pkt_cls.h
    static final int TC_ACT_UNSPEC = -1; // the next program, or the kernel, decides
    static final int TC_ACT_SHOT = 2;

    // flags of skb_adjust_room, linux/bpf.h
    static final int FIXED_GSO = 1;
    static final int ENCAP_L3_IPV4 = 1 << 1;
    static final int ENCAP_L3_IPV6 = 1 << 2;
    static final int ENCAP_L4_UDP = 1 << 4;
    static final int DECAP_L3_IPV4 = 1 << 7; // since Linux 6.3
    static final int DECAP_L3_IPV6 = 1 << 8;

    private static final int BEHIND_THE_LINK_LAYER = 1; // BPF_ADJ_ROOM_MAC

    private final Assembler out;

    Blocks(Assembler out) {
        this.out = out;
    }

    /// Copies bytes of the packet to the stack.
    void copyFromPacket(int at, int to, int bytes) {
        out.set(R1, SKB)
                .set(R2, at)
                .set(R3, FRAME)
                .compute(R3, ADD, to)
                .set(R4, bytes)
                .call(Helper.SKB_LOAD_BYTES)
                .jumpIf(R0, NOT_EQUAL, 0, PASS);
    }

    /// Copies bytes from the stack into the packet, and keeps the sum right that a network card made of it.
    void copyToPacket(int from, int at, int bytes) {
        out.set(R1, SKB)
                .set(R2, at)
                .set(R3, FRAME)
                .compute(R3, ADD, from)
                .set(R4, bytes)
                .set(R5, 1) // BPF_F_RECOMPUTE_CSUM
                .call(Helper.SKB_STORE_BYTES)
                .jumpIf(R0, NOT_EQUAL, 0, DROP);
    }

    /// Makes room for the outer headers, or takes them away.
    void adjustRoom(int bytes, int flags) {
        adjustRoom(bytes, flags, PASS);
    }

    /// @param otherwise where to go on if the kernel cannot: the packet is as it was
    void adjustRoom(int bytes, int flags, String otherwise) {
        out.set(R1, SKB)
                .set(R2, bytes)
                .set(R3, BEHIND_THE_LINK_LAYER)
                .set(R4, flags)
                .call(Helper.SKB_ADJUST_ROOM)
                .jumpIf(R0, NOT_EQUAL, 0, otherwise);
    }

    /// Sees that the inner header is one of this family without options, that its length is [#LENGTH], and that the
    /// packet may travel one more hop.
    void requireSound(Family inner) {
        if (inner == Family.IPV4) {
            out.load(U8, R1, FRAME, Frame.INNER)
                    .jumpIf(R1, NOT_EQUAL, 0x45, PASS)
                    .load(U16, R1, FRAME, Frame.INNER + Wire.V4_TOTAL_LENGTH)
                    .swap16(R1)
                    .jumpIf(R1, NOT_EQUAL, LENGTH, PASS)
                    .load(U8, R1, FRAME, Frame.INNER + Wire.V4_TIME_TO_LIVE);
        } else {
            out.load(U8, R1, FRAME, Frame.INNER)
                    .compute(R1, SHIFT_RIGHT, 4)
                    .jumpIf(R1, NOT_EQUAL, 6, PASS)
                    .load(U16, R1, FRAME, Frame.INNER + Wire.V6_PAYLOAD_LENGTH)
                    .swap16(R1)
                    .compute(R1, ADD, Family.IPV6.headerBytes())
                    .jumpIf(R1, NOT_EQUAL, LENGTH, PASS)
                    .load(U8, R1, FRAME, Frame.INNER + Wire.V6_HOP_LIMIT);
        }
        out.jumpIf(R1, BELOW, 2, PASS);
    }

    /// Looks up the peer whose subnet is the narrowest around the address in the inner header; R0 becomes 0 if
    /// there is none.
    ///
    /// @param at where the address stands in the inner header
    void findPeer(Family inner, int at, Tables tables) {
        out.store(U32, FRAME, Frame.KEY, inner.bits());
        if (inner == Family.IPV4) {
            out.load(U32, R1, FRAME, Frame.INNER + at).store(U32, FRAME, Frame.KEY + 4, R1);
        } else {
            out.load(U64, R1, FRAME, Frame.INNER + at)
                    .store(U64, FRAME, Frame.KEY + 4, R1)
                    .load(U64, R1, FRAME, Frame.INNER + at + 8)
                    .store(U64, FRAME, Frame.KEY + 12, R1);
        }
        out.map(R1, tables.peers(inner).fd())
                .set(R2, FRAME)
                .compute(R2, ADD, Frame.KEY)
                .call(Helper.MAP_LOOKUP_ELEM);
    }

    /// Counts a hop in the inner header on the stack: as [jflannel.packet.IpPacket#decrementHops].
    void countHop(Family inner) {
        int hops = Frame.INNER + (inner == Family.IPV4 ? Wire.V4_TIME_TO_LIVE : Wire.V6_HOP_LIMIT);
        out.load(U8, R1, FRAME, hops).compute(R1, ADD, -1).store(U8, FRAME, hops, R1);
        if (inner == Family.IPV4) {
            int checksum = Frame.INNER + Wire.V4_CHECKSUM;
            out.load(U16, R1, FRAME, checksum)
                    .swap16(R1)
                    .compute(R1, XOR, 0xffff)
                    .compute(R1, ADD, 0xfeff) // minus 1 in the upper byte of a word, in one's complement
                    .set(R2, R1)
                    .compute(R2, SHIFT_RIGHT, 16)
                    .compute(R1, AND, 0xffff)
                    .compute(R1, ADD, R2)
                    .compute(R1, XOR, 0xffff)
                    .swap16(R1)
                    .store(U16, FRAME, checksum, R1);
        }
    }

    /// R0 becomes the sum of an IPv4 header on the stack, folded to 16 bits: 0xffff if its checksum is right.
    void sumOfHeader(int at) {
        out.set(R1, 0)
                .set(R2, 0)
                .set(R3, FRAME)
                .compute(R3, ADD, at)
                .set(R4, Family.IPV4.headerBytes())
                .set(R5, 0)
                .call(Helper.CSUM_DIFF);
        for (int i = 0; i < 2; i++) {
            out.set(R1, R0)
                    .compute(R1, SHIFT_RIGHT, 16)
                    .compute(R0, AND, 0xffff)
                    .compute(R0, ADD, R1);
        }
    }

    /// Adds the packet to the counts of [#SLOT].
    ///
    /// @param at of the packets; the bytes stand behind
    /// @param label for a jump within
    void count(Tables tables, int at, String label) {
        findCounts(tables, label);
        out.load(U32, R1, SKB, Packet.GSO_SEGMENTS)
                .jumpIf(R1, NOT_EQUAL, 0, label + "-many")
                .set(R1, 1)
                .label(label + "-many")
                .load(U64, R2, R0, at)
                .compute(R2, ADD, R1)
                .store(U64, R0, at, R2)
                .load(U64, R2, R0, at + 8)
                .compute(R2, ADD, LENGTH)
                .store(U64, R0, at + 8, R2)
                .label(label);
    }

    /// Counts a packet that ends here.
    void countEnd(Tables tables, int at, String label) {
        out.set(SLOT, Tables.ENDS);
        countOne(tables, at, label);
    }

    /// Adds one to a count of [#SLOT].
    void countOne(Tables tables, int at, String label) {
        findCounts(tables, label);
        out.load(U64, R2, R0, at).compute(R2, ADD, 1).store(U64, R0, at, R2).label(label);
    }

    private void findCounts(Tables tables, String otherwise) {
        out.store(U32, FRAME, Frame.SLOT, SLOT)
                .map(R1, tables.counts().fd())
                .set(R2, FRAME)
                .compute(R2, ADD, Frame.SLOT)
                .call(Helper.MAP_LOOKUP_ELEM)
                .jumpIf(R0, EQUAL, 0, otherwise);
    }

    /// @param refused where to count a packet that the kernel has no room for
    void ends(Tables tables, int refused) {
        out.label(PASS).exit(TC_ACT_UNSPEC).label(DROP);
        countEnd(tables, refused, "refused-counted");
        out.exit(TC_ACT_SHOT);
    }
}

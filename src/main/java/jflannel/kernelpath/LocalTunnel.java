package jflannel.kernelpath;

import static jflannel.bpf.Comparison.ABOVE;
import static jflannel.bpf.Comparison.EQUAL;
import static jflannel.bpf.Comparison.NOT_EQUAL;
import static jflannel.bpf.Operation.ADD;
import static jflannel.bpf.Operation.XOR;
import static jflannel.bpf.Register.FRAME;
import static jflannel.bpf.Register.R0;
import static jflannel.bpf.Register.R1;
import static jflannel.bpf.Register.R2;
import static jflannel.bpf.Size.U16;
import static jflannel.bpf.Size.U32;
import static jflannel.kernelpath.Blocks.LENGTH;
import static jflannel.kernelpath.Blocks.SKB;

import java.nio.ByteBuffer;
import jflannel.bpf.Assembler;
import jflannel.bpf.Code;
import jflannel.bpf.Helper;
import jflannel.bpf.Packet;
import jflannel.ip.Family;

/// A vxlan tunnel from this host to itself, for super-packets that came in one piece.
///
/// The kernel marks a super-packet as one that a tunnel carries (`skb->encapsulation`), and no function for programs
/// takes the mark off. Bridges cut marked packets before they pass them on, which costs more than all the rest of their
/// way. Only the kernel's own tunnels take the mark off what they unwrap. So such a packet gets the headers of a
/// vxlan tunnel instead of flannel's, arrives at the loopback device, and comes out of the tunnel's device unmarked.
///
/// It is a broadcast from nobody, as hosts send before they have an address: any other source would have to have a
/// route by the loopback device where sources are checked (`rp_filter`).
///
/// @param device index of the vxlan device; 0 if there is none
/// @param vni its VXLAN network identifier, which nobody else knows
/// @param port its UDP port
/// @param proven true once a packet has come through: a host's firewall may drop it
public record LocalTunnel(int device, int vni, int port, boolean proven) {
    public static final LocalTunnel NONE = new LocalTunnel(0, 0, 0, false);

    static final int LOOPBACK = 1; // linux/net.h: LOOPBACK_IFINDEX

    private static final int VXLAN_BYTES = 8;
    static final int HEADERS = Family.IPV4.headerBytes() + Wire.UDP_BYTES + VXLAN_BYTES + Wire.ETHERNET_BYTES;
    static final int FRAME_BYTES = Wire.ETHERNET_BYTES + HEADERS;

    /// In `tc_index`, which neither packets from elsewhere nor programs without privileges can set.
    private static final int SENT_BY_US = 0x8285;

    private static final int BROADCAST = -1;
    private static final int VNI_IS_VALID = 0x08000000;
    private static final int ANYTHING = 0x88b5; // IEEE's local experimental EtherType
    /// The tunnel drops what seems to come from its own device, or from no single device.
    private static final int[] FROM_MAC = {0x0200, 0, 0x0001};

    public LocalTunnel asProven(boolean now) {
        return new LocalTunnel(device, vni, port, now);
    }

    /// Sends a super-packet through the tunnel, its inner header from the frame. What is none, or does not fit, goes on
    /// behind this.
    void enter(Assembler out, Blocks blocks, Family outer, Family inner, Tables tables, String label) {
        String not = label + "-not-local";
        out.load(U32, R1, SKB, Packet.GSO_SIZE).jumpIf(R1, EQUAL, 0, not).jumpIf(LENGTH, ABOVE, 0xffff - HEADERS, not);
        if (outer == Family.IPV4) {
            blocks.adjustRoom(HEADERS - outer.headerBytes() - Wire.UDP_BYTES, Blocks.FIXED_GSO, not);
        } else {
            int without = outer.headerBytes() + Wire.UDP_BYTES;
            blocks.adjustRoom(-without, Blocks.FIXED_GSO | Blocks.DECAP_L3_IPV4, not);
            blocks.adjustRoom(HEADERS, Blocks.FIXED_GSO, Blocks.DROP);
        }
        link(out, Frame.LOCAL, null, Family.IPV4);
        network(out, blocks, Frame.LOCAL + Wire.ETHERNET_BYTES);
        link(out, Frame.LOCAL + FRAME_BYTES - Wire.ETHERNET_BYTES, FROM_MAC, inner);
        blocks.copyToPacket(Frame.LOCAL, 0, FRAME_BYTES);
        blocks.copyToPacket(Frame.INNER, FRAME_BYTES, inner.headerBytes());
        blocks.count(tables, Tables.RECEIVED, label + "-local-counted");
        out.set(R1, SENT_BY_US)
                .store(U32, SKB, Packet.TC_INDEX, R1)
                .set(R1, LOOPBACK)
                .set(R2, Ingress.ARRIVES)
                .call(Helper.REDIRECT)
                .exit()
                .label(not);
    }

    /// An Ethernet header, to the address that the loopback device has.
    private static void link(Assembler out, int at, int[] from, Family holds) {
        for (int i = 0; i < 6; i++) {
            out.store(U16, FRAME, at + 2 * i, i < 3 || from == null ? 0 : Wire.u16(from[i - 3]));
        }
        out.store(U16, FRAME, at + 12, Wire.u16(holds.etherType()));
    }

    private void network(Assembler out, Blocks blocks, int ip) {
        int udp = ip + Family.IPV4.headerBytes();
        int vxlan = udp + Wire.UDP_BYTES;
        out.store(U16, FRAME, ip, Wire.u16(0x4500))
                .set(R1, LENGTH)
                .compute(R1, ADD, HEADERS)
                .swap16(R1)
                .store(U16, FRAME, ip + Wire.V4_TOTAL_LENGTH, R1)
                .store(U16, FRAME, ip + Wire.V4_IDENTIFICATION, 0)
                .store(U16, FRAME, ip + Wire.V4_FRAGMENT, 0)
                .store(U16, FRAME, ip + Wire.V4_TIME_TO_LIVE, Wire.u16(1 << 8 | Wire.PROTOCOL_UDP))
                .store(U16, FRAME, ip + Wire.V4_CHECKSUM, 0)
                .store(U32, FRAME, ip + Wire.V4_SOURCE, 0)
                .store(U32, FRAME, ip + Wire.V4_DESTINATION, BROADCAST)
                .store(U16, FRAME, udp + Wire.UDP_SOURCE, Wire.u16(port))
                .store(U16, FRAME, udp + Wire.UDP_DESTINATION, Wire.u16(port))
                .set(R1, LENGTH)
                .compute(R1, ADD, HEADERS - Family.IPV4.headerBytes())
                .swap16(R1)
                .store(U16, FRAME, udp + Wire.UDP_LENGTH, R1)
                .store(U16, FRAME, udp + Wire.UDP_CHECKSUM, 0)
                .store(U32, FRAME, vxlan, Wire.u32(VNI_IS_VALID))
                .store(U32, FRAME, vxlan + 4, Wire.u32(vni << 8));
        blocks.sumOfHeader(ip);
        out.compute(R0, XOR, 0xffff).store(U16, FRAME, ip + Wire.V4_CHECKSUM, R0);
    }

    /// What comes out of the tunnel: our own packets arrive at the TUN device; probes are counted, and end here like
    /// all that others might send into it.
    static Code exit(Settings settings, Tables tables) {
        Assembler out = new Assembler();
        out.set(SKB, R1)
                .load(U32, R1, SKB, Packet.TC_INDEX)
                .jumpIf(R1, NOT_EQUAL, SENT_BY_US, "other")
                .set(R1, 0) // older kernels let constants not be stored there
                .store(U32, SKB, Packet.TC_INDEX, R1);
        Ingress.arrive(out, settings).label("other");
        Blocks blocks = new Blocks(out);
        blocks.countEnd(tables, Tables.PROBED, "counted");
        return out.exit(Blocks.TC_ACT_SHOT).assemble();
    }

    /// The same headers as in front of a super-packet, with nothing in them that anybody would take.
    byte[] probe() {
        ByteBuffer frame = ByteBuffer.allocate(FRAME_BYTES)
                .position(Wire.ETHERNET_BYTES - 2)
                .putShort((short) Family.IPV4.etherType())
                .putShort((short) 0x4500)
                .putShort((short) HEADERS)
                .putInt(0)
                .putShort((short) (1 << 8 | Wire.PROTOCOL_UDP))
                .putShort((short) 0)
                .putInt(0)
                .putInt(BROADCAST);
        frame.putShort((short) port)
                .putShort((short) port)
                .putShort((short) (HEADERS - Family.IPV4.headerBytes()))
                .putShort((short) 0)
                .putInt(VNI_IS_VALID)
                .putInt(vni << 8)
                .position(frame.position() + 6);
        for (int word : FROM_MAC) {
            frame.putShort((short) word);
        }
        frame.putShort((short) ANYTHING);
        int ip = Wire.ETHERNET_BYTES;
        return frame.putShort(ip + Wire.V4_CHECKSUM, Wire.checksum(frame, ip, Family.IPV4.headerBytes()))
                .array();
    }
}

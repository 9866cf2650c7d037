package jflannel.packet;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// What a network card with TSO and USO makes of a super-packet, written down slowly and without the code under test:
/// the oracle for both directions.
public final class Cut {
    private static final int UDP_L4 = 5;

    private Cut() {}

    /// @param read a virtio header and a packet behind it, as they pass between the kernel and a TUN device
    public static List<byte[]> of(byte[] read) {
        ByteBuffer virtio = ByteBuffer.wrap(read).order(java.nio.ByteOrder.nativeOrder());
        byte[] packet = Arrays.copyOfRange(read, 10, read.length);
        int type = virtio.get(1) & 0x7f;
        int size = virtio.getShort(4) & 0xffff;
        if (type == 0) {
            return List.of(virtio.get(0) == 0 ? packet : summed(packet, virtio.getShort(6), virtio.getShort(8)));
        }
        int transport = virtio.getShort(6) & 0xffff;
        int header = transport + (type == UDP_L4 ? 8 : (packet[transport + 12] >> 4 & 15) * 4);
        List<byte[]> cut = new ArrayList<>();
        for (int at = header; at < packet.length; at += size) {
            boolean last = at + size >= packet.length;
            byte[] payload = Arrays.copyOfRange(packet, at, Math.min(packet.length, at + size));
            byte[] one = Packets.join(Arrays.copyOf(packet, header), payload);
            cut.add(patched(one, transport, cut.size(), at - header, last, type));
        }
        return cut;
    }

    private static byte[] patched(byte[] one, int transport, int index, int offset, boolean last, int type) {
        ByteBuffer fields = ByteBuffer.wrap(one);
        boolean v4 = one[0] >> 4 == 4;
        if (v4) {
            fields.putShort(2, (short) one.length);
            fields.putShort(4, (short) (fields.getShort(4) + index));
            Packets.sealed(one);
        } else {
            fields.putShort(4, (short) (one.length - 40));
        }
        if (type == UDP_L4) {
            fields.putShort(transport + 4, (short) (one.length - transport));
        } else {
            fields.putInt(transport + 4, fields.getInt(transport + 4) + offset);
            if (!last) {
                one[transport + 13] &= ~0x09; // FIN, PSH
            }
            if (index > 0) {
                one[transport + 13] &= 0x7f; // CWR
            }
        }
        return Packets.sealedTransport(one, transport, type == UDP_L4 ? Packets.UDP : Packets.TCP);
    }

    /// With the checksum completed whose field holds the sum of the pseudo-header.
    private static byte[] summed(byte[] packet, int start, int offset) {
        int sum = Packets.checksum(packet, start, packet.length - start);
        int field = start + offset;
        int written = sum == 0 && offset == 6 ? 0xffff : sum;
        return Packets.with(packet, field, written >> 8, written);
    }
}

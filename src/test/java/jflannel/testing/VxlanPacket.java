package jflannel.testing;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.ip.Mac;

/// Tunnel packets as anybody can make them: what follows the outer UDP header is RFC 7348's header, and then an
/// Ethernet frame with a small datagram.
public final class VxlanPacket {
    private static final int HEADER = 8;
    private static final int ETHERNET = 14;
    private static final int UDP = 9; // with one byte of payload

    private VxlanPacket() {}

    /// @param to the MAC address of the receiver's vxlan device
    /// @param port of the inner datagram's destination
    public static byte[] of(int vni, Mac to, Ip source, Ip destination, int port) {
        int ipHeader = source.family().headerBytes();
        ByteBuffer packet = ByteBuffer.allocate(HEADER + ETHERNET + ipHeader + UDP);
        packet.putInt(0x08000000).putInt(vni << 8);
        packet.put(to.bytes()).put(new byte[] {2, 0, 0, 0, 0, 9});
        packet.putShort((short) (source.family() == Family.IPV4 ? 0x0800 : 0x86dd));
        int ip = packet.position();
        if (source.family() == Family.IPV4) {
            packet.putInt(0x45000000 | ipHeader + UDP)
                    .putInt(0)
                    .put((byte) 64)
                    .put((byte) 17)
                    .putShort((short) 0);
        } else {
            packet.putInt(0x60000000).putShort((short) UDP).put((byte) 17).put((byte) 64);
        }
        packet.put(source.bytes()).put(destination.bytes());
        int udp = packet.position();
        packet.putShort((short) 4000)
                .putShort((short) port)
                .putShort((short) UDP)
                .putShort((short) 0);
        packet.put((byte) 1);
        if (source.family() == Family.IPV4) {
            packet.putShort(ip + 10, checksum(packet, ip, udp, 0));
        } else {
            packet.putShort(udp + 6, checksum(packet, ip + 8, packet.limit(), 17 + UDP)); // with the pseudo header
        }
        return packet.array();
    }

    /// Sends such a packet.
    ///
    /// @param from one of this host's addresses
    public static void send(String from, String to, int port, byte[] packet) throws IOException {
        try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(from, 0))) {
            socket.send(new DatagramPacket(packet, packet.length, new InetSocketAddress(to, port)));
        }
    }

    /// RFC 1071.
    private static short checksum(ByteBuffer packet, int from, int to, int sum) {
        for (int i = from; i < to; i++) {
            sum += (packet.get(i) & 0xff) << ((i - from) % 2 == 0 ? 8 : 0);
        }
        while (sum > 0xffff) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        return (short) ~sum;
    }
}

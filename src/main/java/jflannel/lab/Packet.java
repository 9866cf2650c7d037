package jflannel.lab;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import jflannel.ip.Family;
import jflannel.ip.Ip;

/// A packet as it passed a device, from the outermost header inwards, as far as flannel's own protocols go:
/// IP in UDP (the udp backend), Ethernet in VXLAN (RFC 7348), and the echo messages that `ping` sends.
///
/// @param layers at least one, an [Layer.Network]
record Packet(List<Layer> layers) {
    private static final int ICMP = 1;
    private static final int UDP = 17;
    private static final int ICMPV6 = 58;
    private static final int FLANNEL_UDP_PORT = 8285;
    private static final int FLANNEL_VXLAN_PORT = 8472;
    private static final int IANA_VXLAN_PORT = 4789;

    /// One header.
    sealed interface Layer {
        /// @param hopsLeft time to live, or hop limit
        record Network(Ip source, Ip destination, int hopsLeft) implements Layer {}

        /// @param length of the payload in bytes
        record Datagram(int sourcePort, int destinationPort, int length) implements Layer {}

        record Vxlan(int vni) implements Layer {}

        /// @param length of the whole message in bytes, as tcpdump counts: a ping of 56 bytes has 64
        record Echo(boolean reply, int sequence, int length) implements Layer {}

        /// Anything else, by its IP protocol number.
        record Other(int protocol) implements Layer {}
    }

    Packet {
        layers = List.copyOf(layers);
    }

    /// @param bytes a packet that starts with an IP header of either family; may have been cut short
    /// @return null if it is no IP packet
    static Packet decode(byte[] bytes) {
        List<Layer> layers = new ArrayList<>();
        try {
            network(ByteBuffer.wrap(bytes), layers);
        } catch (BufferUnderflowException | IndexOutOfBoundsException | IllegalArgumentException e) {
            // what was read so far stands
        }
        return layers.isEmpty() ? null : new Packet(layers);
    }

    private static void network(ByteBuffer in, List<Layer> layers) {
        int version = in.get(in.position()) >> 4 & 0xf;
        if (version == 4) {
            ByteBuffer header = in.slice(in.position(), in.remaining());
            int length = (header.get(0) & 0xf) * 4;
            layers.add(new Layer.Network(
                    address(header, 12, Family.IPV4), address(header, 16, Family.IPV4), at(header, 8)));
            in.position(in.position() + length);
            transport(at(header, 9), in, layers);
        } else if (version == 6) {
            ByteBuffer header = in.slice(in.position(), in.remaining());
            layers.add(new Layer.Network(
                    address(header, 8, Family.IPV6), address(header, 24, Family.IPV6), at(header, 7)));
            in.position(in.position() + Family.IPV6.headerBytes());
            transport(at(header, 6), in, layers);
        }
    }

    private static void transport(int protocol, ByteBuffer in, List<Layer> layers) {
        switch (protocol) {
            case UDP -> datagram(in, layers);
            case ICMP -> echo(in, 8, 0, protocol, layers);
            case ICMPV6 -> echo(in, 128, 129, protocol, layers);
            default -> layers.add(new Layer.Other(protocol));
        }
    }

    private static void datagram(ByteBuffer in, List<Layer> layers) {
        int source = u16(in);
        int destination = u16(in);
        int length = u16(in) - 8;
        in.getShort(); // checksum
        layers.add(new Layer.Datagram(source, destination, length));
        switch (destination) {
            case FLANNEL_UDP_PORT -> network(in, layers);
            case FLANNEL_VXLAN_PORT, IANA_VXLAN_PORT -> vxlan(in, layers);
            default -> {}
        }
    }

    private static void vxlan(ByteBuffer in, List<Layer> layers) {
        in.getInt(); // flags
        layers.add(new Layer.Vxlan(in.getInt() >>> 8));
        in.position(in.position() + 12); // the inner frame's Ethernet addresses
        int etherType = u16(in);
        if (etherType == Family.IPV4.etherType() || etherType == Family.IPV6.etherType()) {
            network(in, layers);
        }
    }

    private static void echo(ByteBuffer in, int request, int reply, int protocol, List<Layer> layers) {
        int length = in.remaining();
        int type = in.get() & 0xff;
        if (type != request && type != reply) {
            layers.add(new Layer.Other(protocol));
            return;
        }
        in.position(in.position() + 5); // code, checksum, identifier
        layers.add(new Layer.Echo(type == reply, u16(in), length));
    }

    private static int u16(ByteBuffer in) {
        return in.getShort() & 0xffff;
    }

    private static int at(ByteBuffer header, int index) {
        return header.get(index) & 0xff;
    }

    private static Ip address(ByteBuffer header, int index, Family family) {
        byte[] bytes = new byte[family.bytes()];
        header.get(index, bytes);
        return Ip.of(bytes);
    }

    /// True if this carries an echo request or reply from one address to another, however it is wrapped.
    boolean carriesEcho(boolean reply, Ip source, Ip destination) {
        return layers.size() >= 2
                && layers.getLast() instanceof Layer.Echo echo
                && echo.reply() == reply
                && layers.get(layers.size() - 2) instanceof Layer.Network inner
                && inner.source().equals(source)
                && inner.destination().equals(destination);
    }

    /// In the manner of tcpdump, a line for each IP header: the second one is inside the first.
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < layers.size(); i++) {
            Layer next = i + 1 < layers.size() ? layers.get(i + 1) : null;
            if (layers.get(i) instanceof Layer.Network network) {
                if (i > 0) {
                    lines.add(line.toString());
                    line.setLength(0);
                }
                line.append(addresses(network, next));
            } else {
                line.append(words(layers.get(i)));
            }
        }
        lines.add(line.toString());
        return lines;
    }

    /// All in one line; what is inside another packet stands in brackets.
    @Override
    public String toString() {
        List<String> lines = lines();
        return String.join(" [ ", lines) + " ]".repeat(lines.size() - 1);
    }

    private static String addresses(Layer.Network ip, Layer next) {
        return next instanceof Layer.Datagram udp
                ? "%s.%d > %s.%d: ".formatted(ip.source, udp.sourcePort, ip.destination, udp.destinationPort)
                : "%s > %s: ".formatted(ip.source, ip.destination);
    }

    private static String words(Layer layer) {
        return switch (layer) {
            case Layer.Network ip -> throw new AssertionError(ip);
            case Layer.Datagram udp -> "UDP, length " + udp.length;
            case Layer.Vxlan vxlan -> ", OTV/VXLAN vni " + vxlan.vni;
            case Layer.Echo echo ->
                "ICMP echo %s, seq %d, length %d"
                        .formatted(echo.reply ? "reply" : "request", echo.sequence, echo.length);
            case Layer.Other other -> "protocol " + other.protocol;
        };
    }
}

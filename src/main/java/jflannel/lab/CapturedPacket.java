package jflannel.lab;

import static jflannel.packet.NetworkOrder.u16;
import static jflannel.packet.NetworkOrder.u32;
import static jflannel.packet.NetworkOrder.u8;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.packet.IpPacket;
import jflannel.packet.NetworkOrder;
import jflannel.packet.TransportHeader;

/// A packet as it passed a device, from the outermost header inwards. Knows flannel's protocols: IP in UDP (the udp
/// backend), Ethernet in VXLAN (RFC 7348), and the echo messages that `ping` sends.
///
/// @param layers at least one, an [Layer.Network]
record CapturedPacket(List<Layer> layers) {
    private static final int ICMP = 1;
    private static final int ICMPV6 = 58;
    private static final int FLANNEL_UDP_PORT = 8285;
    private static final int FLANNEL_VXLAN_PORT = 8472;
    private static final int IANA_VXLAN_PORT = 4789;
    private static final int VXLAN_BYTES = 8;
    private static final int ETHERNET_BYTES = 14;
    private static final int ETHER_TYPE = 12;
    private static final int ECHO_SEQUENCE = 6;

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

    CapturedPacket {
        layers = List.copyOf(layers);
    }

    /// @param bytes a packet that starts with an IP header of either family; may have been cut short
    /// @return null if it is not an IP packet
    static CapturedPacket decode(byte[] bytes) {
        List<Layer> layers = new ArrayList<>();
        try {
            network(MemorySegment.ofArray(bytes), 0, layers);
        } catch (IndexOutOfBoundsException e) {
            // truncated: keep what was decoded so far
        }
        return layers.isEmpty() ? null : new CapturedPacket(layers);
    }

    private static void network(MemorySegment in, long at, List<Layer> layers) {
        int version = u8(in, at) >>> 4;
        if (version != 4 && version != 6) {
            return;
        }
        Family family = version == 4 ? Family.IPV4 : Family.IPV6;
        layers.add(new Layer.Network(
                NetworkOrder.ip(family, in, at + IpPacket.source(family)),
                NetworkOrder.ip(family, in, at + IpPacket.destination(family)),
                IpPacket.hops(family, in, at)));
        int upper = IpPacket.upperLayer(family, in, at, in.byteSize() - at);
        if (upper != IpPacket.NO_UPPER_LAYER) {
            transport(upper >>> 16, in, at + (upper & 0xffff), layers);
        }
    }

    private static void transport(int protocol, MemorySegment in, long at, List<Layer> layers) {
        switch (protocol) {
            case TransportHeader.UDP -> datagram(in, at, layers);
            case ICMP -> echo(in, at, 8, 0, protocol, layers);
            case ICMPV6 -> echo(in, at, 128, 129, protocol, layers);
            default -> layers.add(new Layer.Other(protocol));
        }
    }

    private static void datagram(MemorySegment in, long at, List<Layer> layers) {
        int destination = u16(in, at + 2);
        int length = u16(in, at + TransportHeader.UDP_LENGTH) - TransportHeader.UDP_BYTES;
        layers.add(new Layer.Datagram(u16(in, at), destination, length));
        long payload = at + TransportHeader.UDP_BYTES;
        switch (destination) {
            case FLANNEL_UDP_PORT -> network(in, payload, layers);
            case FLANNEL_VXLAN_PORT, IANA_VXLAN_PORT -> vxlan(in, payload, layers);
            default -> {}
        }
    }

    private static void vxlan(MemorySegment in, long at, List<Layer> layers) {
        layers.add(new Layer.Vxlan((int) (u32(in, at + 4) >>> 8)));
        long frame = at + VXLAN_BYTES;
        int etherType = u16(in, frame + ETHER_TYPE);
        if (etherType == Family.IPV4.etherType() || etherType == Family.IPV6.etherType()) {
            network(in, frame + ETHERNET_BYTES, layers);
        }
    }

    private static void echo(MemorySegment in, long at, int request, int reply, int protocol, List<Layer> layers) {
        int type = u8(in, at);
        if (type != request && type != reply) {
            layers.add(new Layer.Other(protocol));
            return;
        }
        layers.add(new Layer.Echo(type == reply, u16(in, at + ECHO_SEQUENCE), (int) (in.byteSize() - at)));
    }

    /// True if it carries an echo request or reply from one address to another, however deeply wrapped.
    boolean carriesEcho(boolean reply, Ip source, Ip destination) {
        return layers.size() >= 2
                && layers.getLast() instanceof Layer.Echo echo
                && echo.reply() == reply
                && layers.get(layers.size() - 2) instanceof Layer.Network inner
                && inner.source().equals(source)
                && inner.destination().equals(destination);
    }

    /// In tcpdump's style, one line for each IP header; the second is inside the first.
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

    /// All on one line, with inner packets in brackets.
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

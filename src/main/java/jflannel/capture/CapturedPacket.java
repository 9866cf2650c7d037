package jflannel.capture;

import static jflannel.packet.NetworkOrder.u16;
import static jflannel.packet.NetworkOrder.u32;
import static jflannel.packet.NetworkOrder.u64;
import static jflannel.packet.NetworkOrder.u8;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.packet.IpPacket;
import jflannel.packet.NetworkOrder;
import jflannel.packet.TransportHeader;

/// A packet as it passed a device, from the outermost header inwards. Knows flannel's protocols: IP in UDP (the udp
/// backend), IP in IP (RFC 2003, RFC 2473), Ethernet in VXLAN (RFC 7348); and echo messages, UDP, TCP, and ICMP errors
/// with what they quote.
///
/// @param layers at least one, an [Layer.Network]
public record CapturedPacket(List<Layer> layers) {
    private static final int ICMP = 1;
    private static final int IPV4_INSIDE = 4;
    private static final int IPV6_INSIDE = 41;
    private static final int TCP = 6;
    private static final int ICMPV6 = 58;
    /// Those of the udp backend, and of VXLAN in Linux and at IANA.
    private static final Set<Integer> TUNNEL_PORTS = Set.of(8285, 8472, 4789);

    private static final int VXLAN_BYTES = 8;
    private static final int ETHERNET_BYTES = 14;
    private static final int ETHER_TYPE = 12;
    private static final int ICMP_BYTES = 8;
    private static final int ECHO_SEQUENCE = 6;
    private static final int TCP_SEQUENCE = 4;
    private static final int TCP_ACKNOWLEDGMENT = 8;
    private static final int TCP_FLAGS = 13;
    /// Destination unreachable, time exceeded, parameter problem.
    private static final Set<Integer> ERRORS = Set.of(3, 11, 12);

    private static final int LAST_ERROR_V6 = 127;

    /// One header.
    public sealed interface Layer {
        /// @param hopsLeft time to live, or hop limit
        record Network(Ip source, Ip destination, int hopsLeft) implements Layer {}

        /// @param length of the payload in bytes
        /// @param mark the first eight bytes of the payload; 0 if there are fewer
        record Datagram(int sourcePort, int destinationPort, int length, long mark) implements Layer {}

        /// Of TCP.
        record Segment(int sourcePort, int destinationPort, int sequence, int acknowledgment, int flags)
                implements Layer {
            public static final int SYN = 0x02;
            public static final int RST = 0x04;
            public static final int ACK = 0x10;

            public boolean has(int flag) {
                return (flags & flag) != 0;
            }
        }

        record Vxlan(int vni) implements Layer {}

        /// @param length of the whole message in bytes, as tcpdump counts: a ping of 56 bytes has 64
        /// @param mark the first eight bytes of its data; 0 if there are fewer
        record Echo(boolean reply, int sequence, int length, long mark) implements Layer {}

        /// An ICMP error; the layers that follow are those of the packet that it quotes.
        record Error(int type, int code) implements Layer {}

        /// Anything else, by its IP protocol number.
        record Other(int protocol) implements Layer {}
    }

    public CapturedPacket {
        layers = List.copyOf(layers);
    }

    /// @param bytes a packet that starts with an IP header of either family; may have been cut short
    /// @param tunnelPorts UDP ports that carry tunnel packets, besides flannel's usual ones
    /// @return null if it is not an IP packet
    public static CapturedPacket decode(byte[] bytes, Set<Integer> tunnelPorts) {
        Decoder decoder = new Decoder(MemorySegment.ofArray(bytes), tunnelPorts, new ArrayList<>());
        try {
            decoder.network(0);
        } catch (IndexOutOfBoundsException e) {
            // truncated: keep what was decoded so far
        }
        return decoder.layers.isEmpty() ? null : new CapturedPacket(decoder.layers);
    }

    private record Decoder(MemorySegment in, Set<Integer> tunnelPorts, List<Layer> layers) {
        void network(long at) {
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
                transport(upper >>> 16, at + (upper & 0xffff));
            }
        }

        private void transport(int protocol, long at) {
            switch (protocol) {
                case TransportHeader.UDP -> datagram(at);
                case TCP ->
                    layers.add(new Layer.Segment(
                            u16(in, at),
                            u16(in, at + 2),
                            (int) u32(in, at + TCP_SEQUENCE),
                            (int) u32(in, at + TCP_ACKNOWLEDGMENT),
                            u8(in, at + TCP_FLAGS)));
                case ICMP -> icmp(at, 8, 0, protocol);
                case ICMPV6 -> icmp(at, 128, 129, protocol);
                case IPV4_INSIDE, IPV6_INSIDE -> network(at);
                default -> layers.add(new Layer.Other(protocol));
            }
        }

        private void datagram(long at) {
            int source = u16(in, at);
            int destination = u16(in, at + 2);
            int length = u16(in, at + TransportHeader.UDP_LENGTH) - TransportHeader.UDP_BYTES;
            long payload = at + TransportHeader.UDP_BYTES;
            layers.add(new Layer.Datagram(source, destination, length, mark(payload)));
            if (TUNNEL_PORTS.contains(destination) || tunnelPorts.contains(destination)) {
                tunnel(payload);
            }
        }

        /// The first bits are the version of IP, or the flags of VXLAN, of which the first four are zero.
        private void tunnel(long at) {
            if (u8(in, at) >>> 4 != 0) {
                network(at);
                return;
            }
            layers.add(new Layer.Vxlan((int) (u32(in, at + 4) >>> 8)));
            long frame = at + VXLAN_BYTES;
            int etherType = u16(in, frame + ETHER_TYPE);
            if (etherType == Family.IPV4.etherType() || etherType == Family.IPV6.etherType()) {
                network(frame + ETHERNET_BYTES);
            }
        }

        private void icmp(long at, int request, int reply, int protocol) {
            int type = u8(in, at);
            if (type == request || type == reply) {
                int sequence = u16(in, at + ECHO_SEQUENCE);
                int length = (int) (in.byteSize() - at);
                layers.add(new Layer.Echo(type == reply, sequence, length, mark(at + ICMP_BYTES)));
            } else if (protocol == ICMP ? ERRORS.contains(type) : type <= LAST_ERROR_V6) {
                layers.add(new Layer.Error(type, u8(in, at + 1)));
                network(at + ICMP_BYTES);
            } else {
                layers.add(new Layer.Other(protocol));
            }
        }

        private long mark(long at) {
            return at + Long.BYTES <= in.byteSize() ? u64(in, at) : 0;
        }
    }

    /// The header of the innermost packet's addresses; of an ICMP error, that of the error.
    public Layer.Network innermost() {
        Layer.Network network = null;
        for (Layer layer : layers) {
            if (layer instanceof Layer.Error) {
                break;
            }
            network = layer instanceof Layer.Network next ? next : network;
        }
        return network;
    }

    /// The ICMP error that it is, or null.
    public Layer.Error error() {
        return layers.stream()
                .filter(Layer.Error.class::isInstance)
                .map(Layer.Error.class::cast)
                .findFirst()
                .orElse(null);
    }

    /// True if it carries an echo request or reply from one address to another, however deeply wrapped.
    public boolean carriesEcho(boolean reply, Ip source, Ip destination) {
        return error() == null
                && layers.getLast() instanceof Layer.Echo echo
                && echo.reply() == reply
                && innermost().source().equals(source)
                && innermost().destination().equals(destination);
    }

    /// In tcpdump's style, one line for each IP header; the second is inside the first.
    public List<String> lines() {
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
        return switch (next) {
            case Layer.Datagram udp -> addresses(ip, udp.sourcePort, udp.destinationPort);
            case Layer.Segment tcp -> addresses(ip, tcp.sourcePort, tcp.destinationPort);
            case null, default -> "%s > %s: ".formatted(ip.source, ip.destination);
        };
    }

    private static String addresses(Layer.Network ip, int sourcePort, int destinationPort) {
        return "%s.%d > %s.%d: ".formatted(ip.source, sourcePort, ip.destination, destinationPort);
    }

    private static String words(Layer layer) {
        return switch (layer) {
            case Layer.Network ip -> throw new AssertionError(ip);
            case Layer.Datagram udp -> "UDP, length " + udp.length;
            case Layer.Segment tcp -> "TCP, seq " + Integer.toUnsignedString(tcp.sequence);
            case Layer.Vxlan vxlan -> ", OTV/VXLAN vni " + vxlan.vni;
            case Layer.Echo echo ->
                "ICMP echo %s, seq %d, length %d"
                        .formatted(echo.reply ? "reply" : "request", echo.sequence, echo.length);
            case Layer.Error error -> "ICMP error, type %d, code %d".formatted(error.type, error.code);
            case Layer.Other other -> "protocol " + other.protocol;
        };
    }
}

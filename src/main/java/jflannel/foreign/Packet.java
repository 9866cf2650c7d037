package jflannel.foreign;

import java.util.Optional;
import jflannel.ip.Family;
import jflannel.ip.Ip;

/// A packet to test rules with: the first of a connection, as it passes a hook.
///
/// @param in the device it arrived on; empty if it has none at this hook, null if unknown
/// @param out the device it will leave on, likewise
/// @param protocol [#TCP], [#UDP], [#ICMP], [#ICMPV6], or that of a tunnel
/// @param fromHere its source is an address of this node
/// @param toHere its destination is an address of this node
/// @param mark its firewall mark; empty if unknown
/// @param translated its destination has been replaced
public record Packet(
        String in,
        String out,
        Ip source,
        Ip destination,
        int protocol,
        int sourcePort,
        int destinationPort,
        boolean fromHere,
        boolean toHere,
        Optional<Long> mark,
        boolean translated) {
    public static final int ICMP = 1;
    public static final int TCP = 6;
    public static final int UDP = 17;
    public static final int ICMPV6 = 58;

    /// One that nothing has marked or translated.
    public Packet(
            String in,
            String out,
            Ip source,
            Ip destination,
            int protocol,
            int sourcePort,
            int destinationPort,
            boolean fromHere,
            boolean toHere) {
        this(in, out, source, destination, protocol, sourcePort, destinationPort, fromHere, toHere, NO_MARK, false);
    }

    private static final Optional<Long> NO_MARK = Optional.of(0L);

    public Family family() {
        return source.family();
    }

    /// The same packet with only the devices that are known at this hook.
    Packet at(Hook hook) {
        return switch (hook) {
            case PREROUTING, INPUT, INGRESS -> between(in, "");
            case FORWARD, POSTROUTING -> this;
            case OUTPUT, EGRESS -> between("", out);
            case BRIDGE_IN -> between(null, ""); // by a port of the bridge
            case BRIDGE_OUT -> between("", null);
        };
    }

    /// The device whose chains it passes at a hook; null if it is not known.
    String device(Hook hook) {
        return switch (hook) {
            case PREROUTING, INPUT, FORWARD, INGRESS, BRIDGE_IN -> in;
            case OUTPUT, POSTROUTING, EGRESS, BRIDGE_OUT -> out;
        };
    }

    public boolean isEcho() {
        return protocol == ICMP || protocol == ICMPV6;
    }

    /// The same between other devices.
    public Packet between(String arrival, String departure) {
        return with(arrival, departure, source, destination, destinationPort, fromHere, toHere, mark, translated);
    }

    Packet to(Ip other) {
        return with(in, out, source, other, destinationPort, fromHere, toHere, mark, translated);
    }

    /// The same with another destination, as a rule writes it.
    ///
    /// @param here that is an address of this node
    public Packet translatedTo(Ip other, int port, boolean here) {
        return with(in, out, source, other, port, fromHere, here, mark, true);
    }

    /// The same with another source, an address of this node.
    public Packet translatedFrom(Ip other) {
        return with(in, out, other, destination, destinationPort, true, toHere, mark, translated);
    }

    Packet marked(Optional<Long> other) {
        return with(in, out, source, destination, destinationPort, fromHere, toHere, other, translated);
    }

    private Packet with(
            String arrival,
            String departure,
            Ip from,
            Ip to,
            int port,
            boolean isFromHere,
            boolean isToHere,
            Optional<Long> firewallMark,
            boolean isTranslated) {
        return new Packet(
                arrival,
                departure,
                from,
                to,
                protocol,
                sourcePort,
                port,
                isFromHere,
                isToHere,
                firewallMark,
                isTranslated);
    }
}

package jflannel.foreign;

import jflannel.ip.Family;
import jflannel.ip.Ip;

/// A packet that rules are asked about: the first of a connection, as it passes a hook.
///
/// @param in the device by which it came; empty if it has none at this hook, null if it is not known
/// @param out the device by which it will leave, likewise
/// @param protocol [#TCP] or [#UDP]
/// @param fromHere its source is an address of this node
/// @param toHere its destination is an address of this node
record Packet(
        String in,
        String out,
        Ip source,
        Ip destination,
        int protocol,
        int sourcePort,
        int destinationPort,
        boolean fromHere,
        boolean toHere) {
    static final int TCP = 6;
    static final int UDP = 17;

    Family family() {
        return source.family();
    }

    /// The same packet where only these of its devices are known.
    Packet at(Hook hook) {
        return switch (hook) {
            case PREROUTING, INPUT -> through(in, "");
            case FORWARD, POSTROUTING -> this;
            case OUTPUT -> through("", out);
        };
    }

    private Packet through(String in, String out) {
        return new Packet(in, out, source, destination, protocol, sourcePort, destinationPort, fromHere, toHere);
    }

    Packet to(Ip other) {
        return new Packet(in, out, source, other, protocol, sourcePort, destinationPort, fromHere, toHere);
    }
}

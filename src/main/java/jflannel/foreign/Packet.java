package jflannel.foreign;

import jflannel.ip.Family;
import jflannel.ip.Ip;

/// A packet to test rules with: the first of a connection, as it passes a hook.
///
/// @param in the device it arrived on; empty if it has none at this hook, null if unknown
/// @param out the device it will leave on, likewise
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

    /// The same packet with only the devices that are known at this hook.
    Packet at(Hook hook) {
        return switch (hook) {
            case PREROUTING, INPUT, INGRESS -> through(in, "");
            case FORWARD, POSTROUTING -> this;
            case OUTPUT, EGRESS -> through("", out);
            case BRIDGE_IN -> through(null, ""); // by a port of the bridge
            case BRIDGE_OUT -> through("", null);
        };
    }

    /// The device whose chains it passes at a hook; null if it is not known.
    String device(Hook hook) {
        return switch (hook) {
            case PREROUTING, INPUT, FORWARD, INGRESS, BRIDGE_IN -> in;
            case OUTPUT, POSTROUTING, EGRESS, BRIDGE_OUT -> out;
        };
    }

    private Packet through(String in, String out) {
        return new Packet(in, out, source, destination, protocol, sourcePort, destinationPort, fromHere, toHere);
    }

    Packet to(Ip other) {
        return new Packet(in, out, source, other, protocol, sourcePort, destinationPort, fromHere, toHere);
    }
}

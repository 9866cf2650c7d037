package jflannel.trace;

import java.util.Locale;

/// What kind of hop it is.
public enum Step {
    /// The pod that sends.
    POD,
    /// A device that the packet passes, and whether it can.
    DEVICE,
    /// The firewall rules of one hook.
    RULES,
    /// The routing decision.
    ROUTE,
    /// The next hop's MAC address.
    NEIGHBOR,
    /// Where frames for a MAC address go.
    FDB,
    /// Which peer of a WireGuard device the packet is encrypted for.
    KEY,
    /// The packet becomes the content of another one.
    TUNNEL,
    /// The other node.
    PEER,
    /// The destination: a pod, a node, or the world outside.
    DELIVERY;

    /// As JSON has it.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}

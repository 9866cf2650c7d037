package jflannel.kernelpath;

import java.util.List;
import jflannel.ip.Ip;

/// What is written into the programs, so that each change means new ones.
///
/// @param device index of the TUN device
/// @param uplinks how this node is attached to the others, at most one of each family
/// @param port UDP port of all nodes
/// @param sourceCheck true to drop packets that do not come from the peer that their source belongs to
/// @param detour for received packets of TCP on their way to the device
/// @param local the same for super-packets that came in one piece
public record Settings(
        int device, List<Uplink> uplinks, int port, boolean sourceCheck, Detour detour, LocalTunnel local) {
    public Settings {
        uplinks = List.copyOf(uplinks);
    }

    /// Without detours.
    public Settings(int device, List<Uplink> uplinks, int port, boolean sourceCheck) {
        this(device, uplinks, port, sourceCheck, Detour.NONE, LocalTunnel.NONE);
    }

    /// Where received packets of TCP are joined.
    ///
    /// @param entrance index of the device that they are sent by; 0 without a detour
    /// @param exit index of the device where they arrive
    public record Detour(int entrance, int exit) {
        public static final Detour NONE = new Detour(0, 0);
    }

    /// An interface to the other nodes, which is an Ethernet one.
    ///
    /// @param address of this node, that other nodes send to
    public record Uplink(int ifIndex, Ip address) {}
}

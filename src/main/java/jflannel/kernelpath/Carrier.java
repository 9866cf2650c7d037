package jflannel.kernelpath;

import java.util.Map;
import jflannel.ip.Family;

/// What has to be attached so that the kernel carries packets.
///
/// @param egress for the device
/// @param ingress for each interface to the other nodes
/// @param exits for the devices at which detours end, by their indexes
/// @param uplinks indexes of these interfaces, by the family of this node's address there
/// @param obstacle why the kernel does not carry packets, in words; empty if it can
public record Carrier(
        Program egress, Program ingress, Map<Integer, Program> exits, Map<Family, Integer> uplinks, String obstacle) {
    public Carrier {
        exits = Map.copyOf(exits);
        uplinks = Map.copyOf(uplinks);
    }

    /// A loaded program.
    ///
    /// @param id the kernel's number for it
    /// @param fd by which this process has it open
    public record Program(int id, int fd) {}

    /// All packets pass through the daemon.
    ///
    /// @param obstacle why
    public static Carrier none(String obstacle) {
        Program none = new Program(0, 0);
        return new Carrier(none, none, Map.of(), Map.of(), obstacle);
    }

    public boolean works() {
        return obstacle.isEmpty();
    }
}

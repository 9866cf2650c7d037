package jflannel.status;

import java.util.Map;

/// Who carries the packets to the peers' subnets, where that may be the kernel or the daemon.
///
/// @param byKernel how many subnets' packets the kernel carries
/// @param byDaemon why the daemon carries those of others, by the subnet
public record PacketCarriers(int byKernel, Map<String, String> byDaemon) {
    /// Of a backend whose packets are all the kernel's.
    public static final PacketCarriers NONE = new PacketCarriers(0, Map.of());
}

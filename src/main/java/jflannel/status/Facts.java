package jflannel.status;

/// A running node in words and numbers, as of its last pass.
///
/// @param lease this node's subnets
/// @param backend its name in the network configuration
/// @param underlay the interface and addresses that lead to the other nodes
/// @param mtu the largest packet a pod may send, in bytes
/// @param peers other nodes that have a lease
/// @param failed those of them that this node cannot reach, because of what they published or what the kernel
///     refused
/// @param held those that are kept although the store has lost their leases
/// @param carriers who carries the packets, if that may be the daemon
public record Facts(
        String lease,
        String backend,
        String underlay,
        int mtu,
        int peers,
        int failed,
        int held,
        PacketCarriers carriers) {
    public static final Facts NONE = new Facts("", "", "", 0, 0, 0, 0, PacketCarriers.NONE);
}

package jflannel.lease;

import java.util.List;

/// The options of the backend `udp`.
public final class UdpKeys {
    public static final BackendOption<Integer> PORT =
            BackendOption.number("Port", 8285, 1, 65535, "UDP port, the same on all hosts");

    public static final BackendOption<Boolean> SOURCE_CHECK = BackendOption.truth(
            "SourceCheck", true, "accept a packet only from the host whose lease contains its source address");

    /// Who carries packets.
    public enum DataPath {
        /// The kernel where it can, otherwise the daemon.
        AUTO,
        /// The same, but a node whose kernel cannot has a condition.
        KERNEL,
        /// The daemon, always.
        DAEMON
    }

    public static final BackendOption<DataPath> DATA_PATH = BackendOption.choice(
            "DataPath",
            DataPath.AUTO,
            "who carries the packets: `daemon`, or the `kernel` between nodes that both can, which `auto` does without"
                    + " a condition where it cannot");

    static final List<BackendOption<?>> ALL = List.of(PORT, SOURCE_CHECK, DATA_PATH);

    private UdpKeys() {}
}

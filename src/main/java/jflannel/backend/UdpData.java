package jflannel.backend;

import jflannel.lease.JsonFields;

/// What the udp backend publishes, which Go flannel does not read: `{"Kernel":1}`.
///
/// @param kernel true if the node takes the datagrams that a kernel makes by itself: without a checksum, and on
///     virtual links with super-packets in them whose checksums are not computed. Nodes that do not say so would lose
///     all TCP from them
public record UdpData(boolean kernel) {
    static final String TAKES_KERNEL_PACKETS = "{\"Kernel\":1}";

    /// @param json null if the node published nothing
    public static UdpData parse(String json) {
        if (json == null) {
            return new UdpData(false);
        }
        try {
            JsonFields fields = JsonFields.parse("BackendData", json, TAKES_KERNEL_PACKETS);
            return new UdpData(fields.integer("Kernel", 0, 0, Integer.MAX_VALUE) == 1);
        } catch (RuntimeException e) {
            return new UdpData(false); // whatever it says, it is not this
        }
    }
}

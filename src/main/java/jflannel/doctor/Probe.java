package jflannel.doctor;

import java.util.Optional;
import jflannel.ip.Ip;

/// What came back of packets to one peer.
///
/// @param host the peer's address on the underlay
/// @param inner its address within the tunnel; null where the backend has none
/// @param outside ICMP echo requests to the host
/// @param within the same to `inner`, if there is one
/// @param port what became of a datagram to the tunnel's port
/// @param offloaded true if the peer answered a UDP datagram within the tunnel whose checksum was left to the network
///     card; empty if that was not tried
/// @param computed the same with a checksum that this program computed
public record Probe(
        Ip host,
        Ip inner,
        Echo outside,
        Optional<Echo> within,
        Port port,
        Optional<Boolean> offloaded,
        Optional<Boolean> computed) {
    /// @param answered true if a small packet was answered
    /// @param size of the largest packet that should pass, in bytes with its IP header
    /// @param passed the largest that was answered; 0 if none
    public record Echo(boolean answered, int size, int passed) {
        static final Echo NONE = new Echo(false, 0, 0);

        /// True if small packets pass, and some that should do not.
        boolean hasHole() {
            return answered && passed < size;
        }
    }

    /// What became of a datagram.
    public enum Port {
        /// It was not refused.
        QUIET,
        /// The peer says that nobody receives there.
        CLOSED,
        /// Somebody on the way refuses it.
        REFUSED
    }
}

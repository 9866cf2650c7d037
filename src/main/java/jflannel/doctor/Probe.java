package jflannel.doctor;

import java.util.Optional;
import jflannel.ip.Ip;
import jflannel.probe.Echo;

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

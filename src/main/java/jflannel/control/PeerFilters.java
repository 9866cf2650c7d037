package jflannel.control;

import java.time.Duration;
import jflannel.lease.NetworkConfig;
import jflannel.options.OptionTypes;
import jflannel.options.Options;

/// Whether a node filters who may send it tunnel packets.
final class PeerFilters {
    /// Between two looks at the peer filter: its table is nobody else's, and packets are lost while it is damaged.
    static final Duration PAUSE = Duration.ofSeconds(1);

    private PeerFilters() {}

    static boolean areWanted(NetworkConfig network, Options options) {
        return network.nftables() && options.firewall.peerFilter != OptionTypes.PeerFilterMode.OFF;
    }
}

package jflannel.control;

import jflannel.lease.NetworkConfig;
import jflannel.options.OptionTypes;
import jflannel.options.Options;

/// Whether a node filters who may send it tunnel packets.
final class PeerFilters {
    private PeerFilters() {}

    static boolean areWanted(NetworkConfig network, Options options) {
        return network.nftables() && options.firewall.peerFilter != OptionTypes.PeerFilterMode.OFF;
    }
}

package jflannel.control;

import jflannel.lease.NetworkConfig;
import jflannel.options.Options;
import jflannel.options.PeerFilterMode;

/// Whether a node filters who may send it tunnel packets.
final class PeerFilters {
    private PeerFilters() {}

    static boolean areWanted(NetworkConfig network, Options options) {
        return network.nftables() && options.firewall.peerFilter != PeerFilterMode.OFF;
    }
}

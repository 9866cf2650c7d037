package jflannel.options;

/// Whether to keep the peer filter.
public enum PeerFilterMode {
    /// On where the rules are in nftables.
    AUTO,
    ON,
    OFF
}

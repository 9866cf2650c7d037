package jflannel.options;

/// Whether to keep the peer filter.
public enum PeerFilterMode {
    /// Where rules are in nftables.
    AUTO,
    ON,
    OFF
}

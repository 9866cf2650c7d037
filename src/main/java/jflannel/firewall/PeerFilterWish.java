package jflannel.firewall;

/// What the peer filter should do: keep out those whom a [PeerFilterConfig] does not let in, or one of these.
public sealed interface PeerFilterWish permits PeerFilterConfig, PeerFilterWish.Absence {
    /// There should be none: one that an earlier run made is removed.
    PeerFilterWish UNWANTED = Absence.UNWANTED;
    /// Nobody knows yet, as while the backend has no tunnel: whatever is there stays.
    PeerFilterWish UNKNOWN = Absence.UNKNOWN;

    /// Why there are no rules to be had.
    enum Absence implements PeerFilterWish {
        UNWANTED,
        UNKNOWN
    }
}

package jflannel.firewall;

/// What the peer filter should do: apply a [PeerFilterConfig], or one of the constants below.
public sealed interface PeerFilterWish permits PeerFilterConfig, PeerFilterWish.Absence {
    /// There should be no filter: one from an earlier run is removed.
    PeerFilterWish UNWANTED = Absence.UNWANTED;
    /// Not known yet, for example while the backend has no tunnel: whatever exists stays.
    PeerFilterWish UNKNOWN = Absence.UNKNOWN;

    /// Why there are no rules to apply.
    enum Absence implements PeerFilterWish {
        UNWANTED,
        UNKNOWN
    }
}

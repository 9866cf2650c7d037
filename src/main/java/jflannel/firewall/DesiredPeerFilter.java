package jflannel.firewall;

/// What the peer filter should do: apply a [PeerFilterConfig], or one of the constants below.
public sealed interface DesiredPeerFilter permits PeerFilterConfig, DesiredPeerFilter.Absence {
    /// There should be no filter: one from an earlier run is removed.
    DesiredPeerFilter UNWANTED = Absence.UNWANTED;
    /// Not known yet, for example while the backend has no tunnel: whatever exists stays.
    DesiredPeerFilter UNKNOWN = Absence.UNKNOWN;

    /// Why there are no rules to apply.
    enum Absence implements DesiredPeerFilter {
        UNWANTED,
        UNKNOWN
    }
}

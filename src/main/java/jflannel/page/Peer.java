package jflannel.page;

import jflannel.backend.PeerLink;
import jflannel.lease.Lease;

/// Another node, as this one reaches it.
///
/// @param reached false if this node lacks something for it, or can make nothing of what it published
/// @param why it is not reached, or may not be; empty if all is well
/// @param held true if it is kept although the store has lost its lease
public record Peer(Lease lease, PeerLink link, boolean reached, String why, boolean held) {}

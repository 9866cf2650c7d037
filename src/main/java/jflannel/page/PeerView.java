package jflannel.page;

import java.util.List;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.lease.Lease;

/// The network as of one pass.
///
/// @param networks all pods' addresses
/// @param own this node's lease
/// @param tunnels the backend's own devices, by name
/// @param uplinks the interfaces that lead to the other nodes
public record PeerView(List<Cidr> networks, Lease own, Set<String> tunnels, Set<String> uplinks, List<Peer> peers) {
    public PeerView {
        peers = List.copyOf(peers);
    }
}

package jflannel.kernelpath;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import jflannel.ip.Cidr;

/// All that the programs have counted.
///
/// @param all packets that they have carried
/// @param wrongSource dropped: the packet's source does not belong to the peer that sent it
/// @param refusedOut dropped on the way to a peer: the kernel had no memory for the headers
/// @param refusedIn dropped on the way from a peer, for the same reason
/// @param bySubnet of each peer, in the order in which they became known
public record Tally(Counts all, long wrongSource, long refusedOut, long refusedIn, Map<Cidr, Counts> bySubnet) {
    public Tally {
        bySubnet = Collections.unmodifiableMap(new LinkedHashMap<>(bySubnet));
    }
}

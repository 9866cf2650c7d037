package jflannel.lease;

import jflannel.ip.Cidr;
import jflannel.ip.Ip;

/// The addresses of one family that the cluster's nodes share, and how they are cut.
///
/// @param network all pods of the cluster
/// @param subnetLength prefix length in bits of the block each node gets
/// @param min the lowest block's address
/// @param max the highest block's address
/// @param given true if somebody else gives each node its block, which may then be any part of the network
public record AddressPool(Cidr network, int subnetLength, Ip min, Ip max, boolean given) {
    /// A block's prefix is at least this much longer than the network's, in bits: a network holds four blocks.
    static final int LEAST_CUT = 2;

    /// True if a node may take exactly this block.
    public boolean offers(Cidr subnet) {
        return subnet.family() == network.family()
                && subnet.length() == subnetLength
                && subnet.address().compareTo(min) >= 0
                && subnet.address().compareTo(max) <= 0;
    }

    /// True if the block could be some node's, perhaps cut by an earlier configuration: within the network, and not
    /// too large a part of it.
    public boolean couldHold(Cidr subnet) {
        return network.contains(subnet) && (given || subnet.length() >= network.length() + LEAST_CUT);
    }
}

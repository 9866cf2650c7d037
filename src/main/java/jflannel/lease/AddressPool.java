package jflannel.lease;

import jflannel.ip.Cidr;
import jflannel.ip.Ip;

/// The addresses of one family that the cluster's nodes share, and how they are divided.
///
/// @param network all pods of the cluster
/// @param subnetLength prefix length, in bits, of each node's block
/// @param min the lowest block's address
/// @param max the highest block's address
/// @param given true if blocks are assigned from outside; they may then be any part of the network
public record AddressPool(Cidr network, int subnetLength, Ip min, Ip max, boolean given) {
    /// Minimum number of bits by which a block's prefix is longer than the network's, so that four blocks fit.
    static final int LEAST_CUT = 2;

    /// True if a node may take exactly this block.
    public boolean offers(Cidr subnet) {
        return subnet.family() == network.family()
                && subnet.length() == subnetLength
                && subnet.address().compareTo(min) >= 0
                && subnet.address().compareTo(max) <= 0;
    }

    /// True if the block may belong to a node, perhaps under an earlier configuration: it is within the network,
    /// and not too large a part of it.
    public boolean couldHold(Cidr subnet) {
        return network.contains(subnet) && (given || subnet.length() >= network.length() + LEAST_CUT);
    }
}

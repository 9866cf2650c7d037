package jflannel.lease;

import jflannel.ip.Cidr;
import jflannel.ip.Ip;

/// The addresses of one family that the cluster's nodes share, and how they are cut.
///
/// @param network all pods of the cluster
/// @param subnetLength prefix length in bits of the block each node gets
/// @param min the lowest block's address
/// @param max the highest block's address
public record AddressPool(Cidr network, int subnetLength, Ip min, Ip max) {

    /// True if a node may hold exactly this block.
    public boolean offers(Cidr subnet) {
        return subnet.family() == network.family()
                && subnet.length() == subnetLength
                && subnet.address().compareTo(min) >= 0
                && subnet.address().compareTo(max) <= 0;
    }

    /// True if the block could be some node's, perhaps cut by an earlier configuration: within the network but not all
    /// of it.
    public boolean couldHold(Cidr subnet) {
        return subnet.family() == network.family() && subnet.length() > network.length() && network.contains(subnet);
    }
}

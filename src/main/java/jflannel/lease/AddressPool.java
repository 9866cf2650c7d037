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

    /// Where nodes without pods get their one address: in blocks of two, as Go flannel reads no smaller ones. They lie
    /// where no subnets are handed out; only if there is no such part of the network, they take the place of one.
    public AddressPool forHosts() {
        int length = network.family().bits() - 1;
        Ip first = network.address().plus(2); // the first address stands for the network
        if (min.compareTo(first) > 0) {
            return new AddressPool(network, length, first, new Cidr(min.previous(), length).address(), false);
        }
        Ip above = new Cidr(max, subnetLength).last();
        return above.equals(network.last())
                ? new AddressPool(network, length, min, new Cidr(above, length).address(), false)
                : new AddressPool(network, length, above.plus(1), new Cidr(network.last(), length).address(), false);
    }

    /// True if the block may belong to a node, perhaps under an earlier configuration: it is within the network,
    /// and not too large a part of it.
    public boolean couldHold(Cidr subnet) {
        return network.contains(subnet) && (given || subnet.length() >= network.length() + LEAST_CUT);
    }
}

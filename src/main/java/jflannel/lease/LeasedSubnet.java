package jflannel.lease;

import jflannel.ip.Cidr;
import jflannel.ip.Ip;

/// One subnet of a lease with all that is needed to reach it.
///
/// @param cidr the pods' addresses
/// @param publicIp where the node that holds the subnet receives packets: of the subnet's family if the
///     node has such an address, else of the other
/// @param backendData the backend's JSON text for this family, or null if it published none
public record LeasedSubnet(Cidr cidr, Ip publicIp, String backendData) {}

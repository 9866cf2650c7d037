package jflannel.lease;

import jflannel.ip.Cidr;
import jflannel.ip.Ip;

/// One subnet of a lease, with everything needed to reach it.
///
/// @param cidr the pods' addresses
/// @param publicIp where the subnet's node receives packets: an address of the subnet's family if the node has one,
///     or else of the other
/// @param backendData the backend's JSON text for this family, or null if it published none
public record LeasedSubnet(Cidr cidr, Ip publicIp, String backendData) {}

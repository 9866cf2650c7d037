package jflannel.policy;

import java.util.List;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.ip.Mac;

/// The bridge that pods of this node share.
///
/// @param mac its own address
/// @param subnets those in which it has an address
/// @param ports names of the devices that belong to it
public record PodBridge(Mac mac, List<Cidr> subnets, Set<String> ports) {}

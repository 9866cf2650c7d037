package jflannel.foreign;

import java.util.Map;
import jflannel.ip.Family;
import jflannel.ip.Ip;

/// What of this node decides how rules apply, beside the network itself.
///
/// @param bridges by which this node's own pods are reached, by family; none if they have no common device
/// @param primary the address that the kernel takes for what leaves by the underlay without one
record LocalDevices(Map<Family, String> bridges, Map<Family, Ip> primary) {}

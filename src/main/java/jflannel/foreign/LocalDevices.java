package jflannel.foreign;

import java.util.Map;
import jflannel.ip.Family;
import jflannel.ip.Ip;

/// Facts about this node, besides the network itself, that decide how rules apply.
///
/// @param bridges that lead to this node's own pods, by family; none if the pods share no device
/// @param primary the source address that the kernel selects for packets that leave on the underlay
record LocalDevices(Map<Family, String> bridges, Map<Family, Ip> primary) {}

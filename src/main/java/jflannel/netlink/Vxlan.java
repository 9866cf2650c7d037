package jflannel.netlink;

import jflannel.ip.Ip;

/// What makes a vxlan device the one it is: IFLA_VXLAN_* attributes, linux/if_link.h.
///
/// @param vni VXLAN network identifier, 0 to 2^24-1
/// @param port UDP port in host order; 0 when making a device leaves it to the kernel (8472)
/// @param local source address of tunnel packets, or null
/// @param lower index of the interface that tunnel packets leave by, or 0
/// @param learning the device learns where MAC addresses live from the packets it receives
/// @param groupPolicy the group policy extension is on
public record Vxlan(int vni, int port, Ip local, int lower, boolean learning, boolean groupPolicy) {}

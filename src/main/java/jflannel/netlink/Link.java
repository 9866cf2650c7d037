package jflannel.netlink;

import jflannel.ip.Mac;

/// A network interface: `struct ifinfomsg` and IFLA_* attributes, rtnetlink(7), linux/if_link.h.
///
/// @param kind the driver's name (`vxlan`, `bridge`, `veth`, `tun` …), or "" for hardware
/// @param mtu in bytes
/// @param mac null for devices without a link layer
/// @param up the administrative state (IFF_UP)
/// @param master index of the bridge it belongs to, or 0
/// @param vxlan the vxlan properties, or null for other kinds
public record Link(int index, String name, String kind, int mtu, Mac mac, boolean up, int master, Vxlan vxlan) {}

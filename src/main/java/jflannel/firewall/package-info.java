/// Rules that hide pod addresses from the outside world and let forwarded pod traffic through: one list, rendered for
/// iptables and for nftables. And the peer filter, which lets tunnel packets in from other nodes only.
package jflannel.firewall;

/// Rules that hide pod addresses from the outside world and let forwarded pod traffic through: one list, rendered for
/// iptables and for nftables.
package jflannel.firewall;

/// Rules that hide pod addresses from the outside world and accept forwarded pod traffic: one list, rendered for
/// iptables and for nftables. Also the peer filter, which accepts tunnel packets only from other nodes.
package jflannel.firewall;

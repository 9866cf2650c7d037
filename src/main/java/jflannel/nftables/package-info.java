/// Tables of nftables on the wire: the messages that make chains, rules, sets and their elements, and that read the
/// elements. The numbers are those of linux/netfilter/nf_tables.h.
package jflannel.nftables;

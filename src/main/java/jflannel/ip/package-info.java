/// Addresses of either family as values: [Ip], [Cidr], [Mac]. What differs between IPv4 and IPv6 is data in [Family],
/// so that all other code is written once. Uses no other package.
package jflannel.ip;

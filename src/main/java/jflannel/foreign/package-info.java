/// Firewall rules of other programs: whether they drop or rewrite this network's traffic, and what to do about it.
/// Changes nothing.
package jflannel.foreign;

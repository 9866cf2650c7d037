/// Firewall rules of other programs: whether they drop or rewrite what this node's network carries, and what to do
/// about
/// it. Nothing is changed.
package jflannel.foreign;

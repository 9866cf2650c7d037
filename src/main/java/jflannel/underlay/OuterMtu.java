package jflannel.underlay;

/// How large packets between the nodes' hosts may be.
///
/// @param own the largest that this node sends, in bytes
/// @param others the largest that hosts take whose leases do not say, in bytes
public record OuterMtu(int own, int others) {}

package jflannel.kernel;

/// An entry in the kernel's network tables that this program adds and removes. Equal objects are the same state.
public sealed interface KernelObject
        permits Address, Clsact, Filter, Neighbor, Route, RoutingRule, WireguardPeer, XfrmPolicy {
    /// Objects with equal keys exclude each other: adding one replaces the other.
    Object key();

    /// What must exist first has the lower rank: an address before a neighbor, a neighbor before the route
    /// through it, a route before the rule that leads to its table.
    int rank();
}

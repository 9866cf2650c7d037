package jflannel.kernel;

/// A thing in the kernel's network tables that this program puts there and takes away. Values: equal objects are
/// the same state.
public sealed interface KernelObject permits Address, Neighbor, Route {
    /// Objects with equal keys exclude each other: putting one replaces the other.
    Object key();

    /// What must exist first has the lower rank: an address before a neighbor, a neighbor before the route through it.
    int rank();
}

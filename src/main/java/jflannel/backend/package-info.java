/// The ways of carrying pod traffic between nodes. A [Backend] is a function from a peer to the kernel objects that
/// reach it; [DesiredState] combines them for all peers, and [Backends] creates backends.
///
/// It knows leases but no store.
package jflannel.backend;

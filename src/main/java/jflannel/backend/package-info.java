/// The ways of carrying pod traffic between nodes. A [Backend] is a function from peers to the kernel objects that
/// should exist; [Backends] creates them.
///
/// It knows leases but no store.
package jflannel.backend;

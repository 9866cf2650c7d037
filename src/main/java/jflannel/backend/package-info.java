/// The ways of carrying pod traffic between nodes. A [Backend] is a function from peers to the kernel objects that
/// should exist; [Backends] is the one switch that names them all.
///
/// Knows leases but no store.
package jflannel.backend;

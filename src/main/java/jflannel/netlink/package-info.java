/// The kernel's network tables: their objects as records with their codecs, the sockets, and [Kernel#converge], which
/// compares what the kernel holds with what it should hold and applies the difference in one batch.
///
/// A [Plan] is the pure half of that. Knows no lease: backends say what should exist.
package jflannel.netlink;

/// Threads that work in a loop, and what they share: one policy for errors, pauses that grow, a mailbox of one. All
/// loops of the daemon run in a [Worker], except those that move packets.
package jflannel.work;

/// Names the causes of what is wrong with this host's flannel. A [Snapshot] is everything that was looked at; the
/// [Check]s are pure functions of it; the [Doctor] runs them.
package jflannel.doctor;

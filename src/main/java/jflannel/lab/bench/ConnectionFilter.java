package jflannel.lab.bench;

/// What decides whether a connection between two pods may begin.
sealed interface ConnectionFilter {
    /// Nothing does.
    record None() implements ConnectionFilter {}

    /// flanneld, by so many policies that isolate both pods in both directions, and the last of which lets them
    /// connect.
    record Policies(int count) implements ConnectionFilter {}

    /// A program that gets each connection's first packet from the kernel: [FirstPacketQueue].
    record Queue() implements ConnectionFilter {}
}

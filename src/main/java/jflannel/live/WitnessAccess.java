package jflannel.live;

/// How to have other nodes watch.
///
/// @param port UDP port that their witnesses listen on
public record WitnessAccess(TraceKey key, int port) {}

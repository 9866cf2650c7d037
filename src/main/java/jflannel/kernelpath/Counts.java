package jflannel.kernelpath;

/// What the programs have counted. Bytes are those of inner packets with their IP headers.
///
/// @param sentPackets packets that left for a peer
/// @param sentBytes their bytes
/// @param receivedPackets packets that came from a peer
/// @param receivedBytes their bytes
/// @param wrongSource dropped: the packet's source does not belong to the peer that sent it
public record Counts(long sentPackets, long sentBytes, long receivedPackets, long receivedBytes, long wrongSource) {}

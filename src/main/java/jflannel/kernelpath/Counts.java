package jflannel.kernelpath;

/// What the programs have counted of a peer. Bytes are those of inner packets with their IP headers.
///
/// @param sentPackets packets that left for the peer
/// @param sentBytes their bytes
/// @param receivedPackets packets that came from the peer
/// @param receivedBytes their bytes
/// @param wrongSource dropped: packets with an address of the peer, which did not send them
public record Counts(long sentPackets, long sentBytes, long receivedPackets, long receivedBytes, long wrongSource) {
    /// @param sums as they stand in the table
    static Counts of(long[] sums) {
        return new Counts(
                sums[Tables.SENT / Long.BYTES],
                sums[Tables.SENT / Long.BYTES + 1],
                sums[Tables.RECEIVED / Long.BYTES],
                sums[Tables.RECEIVED / Long.BYTES + 1],
                sums[Tables.WRONG_SOURCE / Long.BYTES]);
    }

    Counts plus(Counts other) {
        return new Counts(
                sentPackets + other.sentPackets,
                sentBytes + other.sentBytes,
                receivedPackets + other.receivedPackets,
                receivedBytes + other.receivedBytes,
                wrongSource + other.wrongSource);
    }
}

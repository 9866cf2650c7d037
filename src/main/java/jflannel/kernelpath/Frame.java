package jflannel.kernelpath;

/// Where the programs keep what they work on: offsets on their stack. The inner header lies right behind the outer
/// ones, as it does in a datagram, so that one call moves all of them.
final class Frame {
    /// The inner IP header: 20 bytes of IPv4, or 40 of IPv6.
    static final int INNER = -40;
    /// The outer UDP header.
    static final int UDP = INNER - 8;
    /// The outer IP header, if it is IPv4.
    static final int OUTER_V4 = UDP - 20;
    /// The outer IP header, if it is IPv6.
    static final int OUTER_V6 = UDP - 40;
    /// A key of a map of peers: four bytes of prefix length, then up to 16 of an address, which begin at a
    /// multiple of eight.
    static final int KEY = OUTER_V6 - 28;
    /// A key of the map of counters.
    static final int SLOT = KEY - 4;
    /// One byte of a transport header.
    static final int BYTE = SLOT - 4;
    /// The headers of the local tunnel, whose IP header begins at a multiple of four.
    static final int LOCAL = -176 - Wire.ETHERNET_BYTES;

    private Frame() {}
}

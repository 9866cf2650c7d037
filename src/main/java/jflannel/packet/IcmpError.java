package jflannel.packet;

import jflannel.ip.Family;

/// Why a packet goes no further, as reported to its sender: types and codes of
/// [RFC 792](https://www.rfc-editor.org/rfc/rfc792) and [RFC 4443](https://www.rfc-editor.org/rfc/rfc4443).
public enum IcmpError {
    /// Nobody has a subnet around the destination: "net unreachable" and "no route to destination".
    NO_ROUTE(3, 0, 1, 0),
    /// The time to live or hop limit ran out in transit.
    TIME_EXCEEDED(11, 0, 3, 0),
    /// The packet needs a larger MTU: "fragmentation needed" and "packet too big". Carries the MTU that there is.
    TOO_BIG(3, 4, 2, 0);

    private final int typeV4;
    private final int codeV4;
    private final int typeV6;
    private final int codeV6;

    IcmpError(int typeV4, int codeV4, int typeV6, int codeV6) {
        this.typeV4 = typeV4;
        this.codeV4 = codeV4;
        this.typeV6 = typeV6;
        this.codeV6 = codeV6;
    }

    /// Type and code as they stand in the first 16 bits of the message.
    int typeAndCode(Family family) {
        return family == Family.IPV4 ? typeV4 << 8 | codeV4 : typeV6 << 8 | codeV6;
    }
}

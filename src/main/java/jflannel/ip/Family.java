package jflannel.ip;

/// The two address families. What differs between them is data held here, so that code is written once.
public enum Family {
    IPV4("IPv4", 32, 2, 0x0800, 4),
    IPV6("IPv6", 128, 10, 0x86dd, 41);

    private final String title;
    private final int bits;
    private final int af;
    private final int etherType;
    private final int protocol;

    Family(String title, int bits, int af, int etherType, int protocol) {
        this.title = title;
        this.bits = bits;
        this.af = af;
        this.etherType = etherType;
        this.protocol = protocol;
    }

    /// As people write it: `IPv4`.
    public String title() {
        return title;
    }

    /// Length of an address in bits: 32 or 128.
    public int bits() {
        return bits;
    }

    /// Length of an address in bytes: 4 or 16.
    public int bytes() {
        return bits / 8;
    }

    /// The kernel's number for the family, `AF_INET` or `AF_INET6` (linux/socket.h).
    public int af() {
        return af;
    }

    /// The family's EtherType, host byte order (IEEE 802 numbers).
    public int etherType() {
        return etherType;
    }

    /// The number that an IP header has for packets of this family inside (IANA protocol numbers).
    public int protocol() {
        return protocol;
    }

    /// Length in bytes of an IP header without options or extension headers.
    public int headerBytes() {
        return this == IPV4 ? 20 : 40;
    }

    /// The smallest MTU, in bytes, of a device that may carry the family: RFC 791, RFC 8200.
    public int leastMtu() {
        return this == IPV4 ? 68 : 1280;
    }

    /// @return the family with the kernel's number `af`, or null if it is neither `AF_INET` nor `AF_INET6`
    public static Family ofAf(int af) {
        for (Family family : values()) {
            if (family.af == af) {
                return family;
            }
        }
        return null;
    }
}

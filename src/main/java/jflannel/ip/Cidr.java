package jflannel.ip;

/// A block of addresses: those that share the first `length` bits of `address`.
///
/// @param address the lowest address of the block; bits beyond `length` are cleared on construction
/// @param length number of fixed bits, 0 to 32 or 128
public record Cidr(Ip address, int length) implements Comparable<Cidr> {
    public Cidr {
        if (length < 0 || length > address.family().bits()) {
            throw new IllegalArgumentException("/" + length + " cannot be a prefix length of " + address);
        }
        address = masked(address, length);
    }

    /// @param text `address/length`; host bits are cleared
    /// @throws IllegalArgumentException if `text` is anything else
    public static Cidr parse(String text) {
        return parse(text, '/');
    }

    /// As [#parse(String)], with another separator: lease keys use `-`.
    public static Cidr parse(String text, char separator) {
        int at = text.lastIndexOf(separator);
        String length = at < 0 ? "" : text.substring(at + 1);
        if (length.isEmpty() || length.length() > 3 || !IpText.isDigits(length)) {
            throw new IllegalArgumentException("\"" + text + "\" is not a network such as 10.5.0.0" + separator
                    + "16 or fd00::" + separator + "48");
        }
        return new Cidr(Ip.parse(text.substring(0, at)), Integer.parseInt(length));
    }

    /// The block that holds only `address`.
    public static Cidr host(Ip address) {
        return new Cidr(address, address.family().bits());
    }

    /// The whole address space of a family.
    public static Cidr all(Family family) {
        return new Cidr(Ip.any(family), 0);
    }

    public Family family() {
        return address.family();
    }

    public boolean contains(Ip ip) {
        return ip.family() == family() && masked(ip, length).equals(address);
    }

    /// True if `other` lies wholly in this block (an equal block does).
    public boolean contains(Cidr other) {
        return other.length >= length && contains(other.address);
    }

    public boolean overlaps(Cidr other) {
        return contains(other) || other.contains(this);
    }

    /// The highest address of the block.
    public Ip last() {
        int hostBits = family().bits() - length;
        long low = address.low() | lowMask(Math.min(hostBits, 64));
        if (family() == Family.IPV4) {
            return new Ip(Family.IPV4, 0, low);
        }
        return new Ip(Family.IPV6, address.high() | lowMask(Math.max(0, hostBits - 64)), low);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Cidr cidr && length == cidr.length && address.equals(cidr.address);
    }

    @Override
    public int hashCode() {
        return 31 * address.hashCode() + length;
    }

    /// The block of the same length that follows, wrapping at the end of the family's range.
    public Cidr next() {
        return new Cidr(last().plus(1), length);
    }

    @Override
    public int compareTo(Cidr other) {
        int order = address.compareTo(other.address);
        return order != 0 ? order : Integer.compare(length, other.length);
    }

    /// `address/length`.
    @Override
    public String toString() {
        return address + "/" + length;
    }

    private static Ip masked(Ip ip, int length) {
        int hostBits = ip.family().bits() - length;
        long low = ip.low() & ~lowMask(Math.min(hostBits, 64));
        return new Ip(ip.family(), ip.high() & ~lowMask(Math.max(0, hostBits - 64)), low);
    }

    private static long lowMask(int bits) {
        return bits == 64 ? -1 : (1L << bits) - 1;
    }
}

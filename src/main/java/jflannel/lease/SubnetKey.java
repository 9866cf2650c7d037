package jflannel.lease;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import jflannel.ip.Cidr;
import jflannel.ip.Family;

/// The name of a lease in the store: `10.3.7.0-24`, or `10.12.13.0-24&fd00:12:13::-56` with both families, as in Go
/// flannel; and `fd00:12:13::-64` with only IPv6, which is this program's own form and which Go flannel skips.
///
/// Names and blocks correspond one to one. Equal blocks have the same name, so two nodes cannot both create it.
public final class SubnetKey {
    private SubnetKey() {}

    /// @param cidrs at most one block of each family, IPv4 first
    public static String format(List<Cidr> cidrs) {
        return cidrs.stream().map(SubnetKey::word).collect(Collectors.joining("&"));
    }

    /// The blocks that a name stands for, IPv4 first.
    ///
    /// @throws IllegalArgumentException if `key` is not a name that [#format] returns; the message says what is
    ///     wrong
    public static List<Cidr> parse(String key) {
        List<Cidr> cidrs =
                Arrays.stream(key.split("&", -1)).map(SubnetKey::block).toList();
        boolean families = cidrs.size() == 1
                || cidrs.size() == 2
                        && cidrs.get(0).family() == Family.IPV4
                        && cidrs.get(1).family() == Family.IPV6;
        if (!families) {
            throw new IllegalArgumentException("\"" + key + "\" is not one IPv4 subnet, one IPv6 subnet, or both");
        }
        if (!format(cidrs).equals(key)) {
            throw new IllegalArgumentException("\"" + key + "\" is not the usual form " + format(cidrs));
        }
        return cidrs;
    }

    private static Cidr block(String text) {
        return Cidr.parse(text, '-');
    }

    private static String word(Cidr cidr) {
        return cidr.address() + "-" + cidr.length();
    }
}

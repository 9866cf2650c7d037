package jflannel.tool;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.lease.ConfigException;
import picocli.CommandLine.Parameters;

/// The subnets of a host, one of each family.
final class Subnets {
    private static final String EXAMPLE = "Give a subnet such as 10.244.77.0/24; with both families, two of them.";

    @Parameters(paramLabel = "SUBNET", arity = "1..2", description = "Its subnet; one of each family.")
    private List<String> words = List.of();

    List<Cidr> read() {
        return read(words);
    }

    static List<Cidr> read(List<String> words) {
        List<Cidr> cidrs =
                words.stream().map(Subnets::read).sorted(Subnets::ipv4First).toList();
        if (cidrs.size() == 2 && cidrs.getFirst().family() == cidrs.getLast().family()) {
            throw new ConfigException("SUBNET", String.join(" ", words), EXAMPLE);
        }
        return cidrs;
    }

    private static int ipv4First(Cidr one, Cidr other) {
        return one.family().compareTo(other.family());
    }

    private static Cidr read(String word) {
        try {
            Cidr cidr = Cidr.parse(word);
            if (!cidr.toString().equals(word)) {
                throw new ConfigException("SUBNET", word, "The subnet of that address is " + cidr + ".");
            }
            return cidr;
        } catch (IllegalArgumentException e) {
            throw new ConfigException("SUBNET", word, EXAMPLE);
        }
    }

    /// A host's addresses, at most one of each family.
    ///
    /// @param flag that they were given with, for messages
    static Map<Family, Ip> addresses(String flag, List<String> words) {
        Map<Family, Ip> addresses = new EnumMap<>(Family.class);
        for (String word : words) {
            Ip ip;
            try {
                ip = Ip.parse(word);
            } catch (IllegalArgumentException e) {
                throw new ConfigException(flag, word, "Give an address such as 192.0.2.10.");
            }
            if (addresses.put(ip.family(), ip) != null) {
                throw new ConfigException(flag, word, "There is one of its family already.");
            }
        }
        return addresses;
    }
}

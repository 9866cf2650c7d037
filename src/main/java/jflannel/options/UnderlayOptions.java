package jflannel.options;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.underlay.Wish;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// By which interface and address the nodes reach each other.
@Command(header = "Traffic between nodes:")
public final class UnderlayOptions {
    @Option(
            names = "--iface",
            paramLabel = "NAME|IP",
            description = "Interface, by name or address, that carries traffic between nodes. May be repeated: the"
                    + " first that is there wins. Without any of the --iface flags: the one by which packets leave"
                    + " for other networks, else for the store.")
    private List<String> names = new ArrayList<>();

    @Option(
            names = "--iface-regex",
            paramLabel = "REGEX",
            converter = OptionTypes.Regex.class,
            description = "Interface of which an address or, failing that, the name contains a match. May be"
                    + " repeated; tried after every --iface.")
    private List<Pattern> regexes = new ArrayList<>();

    @Option(
            names = "--iface-can-reach",
            paramLabel = "IP",
            converter = OptionTypes.Address.class,
            description = "Interface by which this node would reach that address. Tried last.")
    public Ip canReach;

    @Option(
            names = "--public-ip",
            paramLabel = "IP",
            converter = OptionTypes.AddressV4.class,
            description = "IPv4 address other nodes send to. Behind NAT give --iface too; otherwise this also"
                    + " chooses the interface.")
    public Ip publicIp;

    @Option(
            names = "--public-ipv6",
            paramLabel = "IP",
            converter = OptionTypes.AddressV6.class,
            description = "The same for IPv6.")
    public Ip publicIpv6;

    /// What these say together.
    public Wish wish() {
        Map<Family, Ip> publicIps = new EnumMap<>(Family.class);
        if (publicIp != null) {
            publicIps.put(Family.IPV4, publicIp);
        }
        if (publicIpv6 != null) {
            publicIps.put(Family.IPV6, publicIpv6);
        }
        return new Wish(names(), regexes(), Optional.ofNullable(canReach), publicIps);
    }

    private List<String> names() {
        return names.stream().filter(name -> !name.isEmpty()).toList();
    }

    private List<Pattern> regexes() {
        return regexes.stream().filter(regex -> !regex.pattern().isEmpty()).toList();
    }
}

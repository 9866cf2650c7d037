package jflannel.underlay;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toSet;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.options.Options;

/// Hosts in words, and choices on them.
final class Choosing {
    private static final Set<Cidr> PODS = Set.of(Cidr.parse("10.244.0.0/16"), Cidr.parse("fd00:244::/48"));

    /// A node as most are.
    static final String NODE = """
            link lo 65536
            link eth0 1500
            link eth1 9001
            link wg0 1420
            link flat 0
            addr 127.0.0.1/8 dev lo
            addr ::1/128 dev lo
            addr 192.0.2.10/24 dev eth0
            addr 2001:db8::10/64 dev eth0
            addr fe80::10/64 dev eth0
            addr 10.1.0.10/24 dev eth1
            addr 10.1.0.11/24 dev eth1 secondary
            addr fd00:1::10/64 dev eth1
            addr 10.9.0.1/24 dev wg0
            addr 10.8.0.1/24 dev flat
            route default via 192.0.2.1 dev eth0 metric 100
            route default via fe80::1 dev eth0 metric 1024
            route 10.0.0.0/8 via 10.1.0.1 dev eth1
            route 10.2.0.0/16 via 10.1.0.1 dev eth1 src 10.1.0.11
            """;

    private Choosing() {}

    static UnderlayChoice choose(String node, String stack, String flags, List<Ip> former) throws IOException {
        return chooser(node, stack, former, List.of()).choose(parsed(flags));
    }

    static InterfaceFlags parsed(String flags) {
        List<String> words = flags == null || flags.equals("-") ? List.of() : List.of(flags.split(" "));
        return Options.parse(words, Map.of()).iface.flags();
    }

    static InterfaceChoice chooser(String node, String stack, List<Ip> former, List<String> store) {
        FakeHost host = new FakeHost(node);
        Set<Family> families = stack.chars()
                .mapToObj(c -> c == '4' ? Family.IPV4 : Family.IPV6)
                .collect(toSet());
        NodeFacts facts = new NodeFacts(
                families, PODS, former, store.stream().map(Ip::parse).toList(), false, false);
        return new InterfaceChoice(new Interfaces(host.links, host.addresses), facts, host, _ -> false);
    }

    static String words(UnderlayChoice choice) {
        return switch (choice) {
            case UnderlayChoice.Missing missing -> missing.what();
            case UnderlayChoice.Chosen chosen ->
                chosen.underlay().uplinks().values().stream()
                        .map(uplink -> uplink.device() + " " + uplink.mtu() + " " + uplink.address()
                                + (uplink.publicIp().equals(uplink.address()) ? "" : " as " + uplink.publicIp()))
                        .collect(joining(" + "));
        };
    }
}

package jflannel.firewall;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.TunnelPackets;
import jflannel.names.Names;

/// A network's peer filter in the language of nft(8), written as nft lists it.
record PeerFilterText(Names names) {
    /// Counts packets whose sender is no node.
    static final String STRANGERS = "strangers";
    /// Counts tunnel packets that this node was asked to forward, which pods send and nodes do not.
    static final String FORWARDED = "forwarded";

    /// Counts packets to another address of this node, or on a device that does not lead to their sender.
    static final String ELSEWHERE = "elsewhere";

    /// Counts unwrapped packets whose source cannot be at the other end of the tunnel.
    static final String SPOOFED = "spoofed";

    private static final Pattern COUNTER = Pattern.compile("counter (\\w+) \\{\\s*(?:packets \\d+ bytes \\d+)?\\s*\\}");
    private static final Pattern ELEMENTS = Pattern.compile("\\s*elements = \\{([^}]*)\\}");

    /// The table's family and name. One table serves both families, because tunnel packets can have another family
    /// than their contents.
    static String name(Names names) {
        return "inet " + names.peerFilterTable();
    }

    private String name() {
        return name(names);
    }

    /// What the table holds.
    ///
    /// @param rules everything except the addresses and counts, line by line
    /// @param peers the addresses; empty if one is unreadable, so that it differs from what is wanted
    record Listing(List<String> rules, Optional<Set<Ip>> peers) {}

    /// @param fib the kernel can look up routes in rules
    String transaction(PeerFilterConfig wanted, boolean fib) {
        // "add" so that "delete" cannot fail; it is one transaction, so no packet sees the state in between
        return "add table %1$s\ndelete table %1$s\n%2$s".formatted(name(), table(wanted, fib));
    }

    /// A transaction for a table in which only the peers have changed.
    String change(Set<Ip> joined, Set<Ip> left) {
        StringBuilder text = new StringBuilder();
        for (Family family : Family.values()) {
            elements(joined, family).ifPresent(list -> text.append(element("add", family, list)));
            elements(left, family).ifPresent(list -> text.append(element("delete", family, list)));
        }
        return text.toString();
    }

    private String element(String verb, Family family, String list) {
        return "%s element %s %s { %s }\n".formatted(verb, name(), set(family), list);
    }

    /// What [#parse] returns once the table is set.
    List<String> rules(PeerFilterConfig wanted, boolean fib) {
        return parse(table(wanted, fib)).rules();
    }

    /// @param text the table's listing, with or without counts
    static Listing parse(String text) {
        Matcher elements = ELEMENTS.matcher(text);
        List<String> words = elements.results()
                .flatMap(set -> Stream.of(set.group(1).split("[,\\s]+")))
                .filter(word -> !word.isEmpty())
                .toList();
        List<String> rules = COUNTER.matcher(elements.replaceAll(""))
                .replaceAll("counter $1")
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .toList();
        return new Listing(rules, addresses(words));
    }

    private static Optional<Set<Ip>> addresses(List<String> words) {
        Set<Ip> addresses = new HashSet<>();
        try {
            words.forEach(word -> addresses.add(Ip.parse(word)));
            return Optional.of(addresses);
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // a range, or an element with a comment
        }
    }

    private String table(PeerFilterConfig wanted, boolean fib) {
        StringBuilder text = new StringBuilder("table " + name() + " {\n");
        for (String counter : List.of(STRANGERS, ELSEWHERE, FORWARDED, SPOOFED)) {
            text.append("\tcounter ").append(counter).append(" {\n\t}\n");
        }
        for (Family family : Family.values()) {
            text.append("\tset %s {\n\t\ttype %s\n".formatted(set(family), type(family)));
            elements(wanted.peers(), family)
                    .ifPresent(list ->
                            text.append("\t\telements = { ").append(list).append(" }\n"));
            text.append("\t}\n");
        }
        chain(
                text,
                "outer",
                "input",
                Stream.concat(
                        Stream.of(Family.values()).map(family -> outer(family, wanted)),
                        wanted.door().stream().flatMap(door -> atTheDoor(door, wanted, fib))));
        chain(text, "pods", "forward", Stream.of(Family.values()).flatMap(family -> forwarded(family, wanted, fib)));
        chain(
                text,
                "inner",
                "prerouting",
                wanted.devices().keySet().stream().sorted().flatMap(family -> inner(family, wanted, fib)));
        return text.append("}\n").toString();
    }

    private static void chain(StringBuilder text, String name, String hook, Stream<String> rules) {
        text.append("\tchain %s {\n\t\ttype filter hook %s priority filter; policy accept;\n".formatted(name, hook));
        rules.forEach(rule -> text.append("\t\t").append(rule).append('\n'));
        text.append("\t}\n");
    }

    /// Rules for packets that this node is about to unwrap.
    private static String outer(Family family, PeerFilterConfig wanted) {
        return tunnelPackets(wanted)
                + " %s saddr != @%s counter name \"%s\" drop".formatted(NftText.family(family), set(family), STRANGERS);
    }

    /// Other nodes send to an address that they know of. On other devices, a packet is accepted only if the device
    /// has a route to the sender, though not necessarily the best one: routing may be asymmetric.
    ///
    /// @param fib the kernel can look up routes in rules
    private static Stream<String> atTheDoor(PeerFilterConfig.Door door, PeerFilterConfig wanted, boolean fib) {
        String drop = " counter name \"%s\" drop".formatted(ELSEWHERE);
        Stream<String> addresses = Stream.of(Family.values())
                .map(family -> unlike(
                        NftText.family(family) + " daddr",
                        door.addresses().stream()
                                .filter(address -> address.family() == family)
                                .map(Ip::toString)))
                .filter(condition -> !condition.isEmpty());
        Stream<String> devices = Stream.of(
                        unlike("iifname", door.devices().stream().map(name -> '"' + name + '"')))
                .filter(condition -> fib && !condition.isEmpty())
                .map(condition -> condition + " fib saddr . iif oif missing");
        return Stream.concat(addresses, devices).map(condition -> tunnelPackets(wanted) + condition + drop);
    }

    private static String unlike(String field, Stream<String> values) {
        return values.sorted().map(value -> " " + field + " != " + value).collect(Collectors.joining());
    }

    /// Rules for packets that this node forwards to a tunnel endpoint. Two other nodes may have no other path to
    /// each other, but a packet from a pod would look like this node's own once masqueraded, or carry a node's
    /// address.
    ///
    /// @param fib accept packets of nodes that arrive by the route back to them; otherwise drop all
    private static Stream<String> forwarded(Family family, PeerFilterConfig wanted, boolean fib) {
        String ip = NftText.family(family);
        String packets = tunnelPackets(wanted) + " ";
        String toNode = "%s daddr @%s".formatted(ip, set(family));
        String fromNode = "%s saddr @%s fib saddr . iif oif exists ".formatted(ip, set(family));
        String drop = packets + toNode + " counter name \"%s\" drop".formatted(FORWARDED);
        return fib ? Stream.of(packets + fromNode + toNode + " accept", drop) : Stream.of(drop);
    }

    /// The network identifier of VXLAN is 12 bytes after the start of the 8-byte UDP header: RFC 7348, section 5. Other
    /// packets name no network, so the filter applies to all of their protocol.
    private static String tunnelPackets(PeerFilterConfig wanted) {
        return switch (wanted.packets()) {
            case TunnelPackets.Vxlan(int port, int vni) -> "udp dport %d @th,96,24 0x%x".formatted(port, vni);
            case TunnelPackets.InIp(Set<Integer> protocols) -> "meta l4proto " + oneOf(protocols);
        };
    }

    private static String oneOf(Set<Integer> numbers) {
        String list = numbers.stream().sorted().map(String::valueOf).collect(Collectors.joining(", "));
        return numbers.size() == 1 ? list : "{ " + list + " }";
    }

    /// Rules for unwrapped packets. None can come from a pod of this node, and one from another node's pod must
    /// arrive on the device that leads back to it.
    private static Stream<String> inner(Family family, PeerFilterConfig wanted, boolean fib) {
        String from = "iifname \"%s\" %s saddr ".formatted(wanted.devices().get(family), NftText.family(family));
        String drop = " counter name \"" + SPOOFED + "\" drop";
        Cidr own = wanted.subnets().get(family);
        Cidr network = wanted.networks().get(family);
        return Stream.of(
                        Optional.ofNullable(own).map(subnet -> from + NftText.words(subnet) + drop),
                        Optional.ofNullable(network)
                                .filter(_ -> wanted.onlyWay() && fib)
                                .map(all -> from + NftText.words(all) + " fib saddr . iif oif missing" + drop))
                .flatMap(Optional::stream);
    }

    private static Optional<String> elements(Set<Ip> addresses, Family family) {
        String list = addresses.stream()
                .filter(address -> address.family() == family)
                .map(Ip::toString)
                .sorted()
                .collect(Collectors.joining(", "));
        return Optional.of(list).filter(text -> !text.isEmpty());
    }

    private static String set(Family family) {
        return family == Family.IPV4 ? "nodes-ipv4" : "nodes-ipv6";
    }

    private static String type(Family family) {
        return family == Family.IPV4 ? "ipv4_addr" : "ipv6_addr";
    }
}

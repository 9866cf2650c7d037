package jflannel.foreign;

import java.util.List;
import java.util.Map;
import jflannel.ip.Family;
import jflannel.json.Json;

/// Evaluates a match of nft against a packet: libnftables-json(5).
final class NftMatches {
    private NftMatches() {}

    /// @param left the expression to compare
    /// @param right a value, a list of flags, a block, a range, a set of these, or the name of a set
    static Truth holds(Object left, Object right, Packet packet) {
        if (right instanceof Map<?, ?> map && map.get("set") instanceof List<?> set) {
            Truth any = Truth.NO;
            for (Object element : set) {
                any = any.or(holds(left, element, packet));
            }
            return any;
        }
        if (right instanceof Map<?, ?> map && map.get("elem") instanceof Map<?, ?> element) {
            return holds(left, element.get("val"), packet); // with a counter, a timeout or a comment
        }
        if (right instanceof String name && name.startsWith("@")) {
            return Truth.UNKNOWN;
        }
        if (left instanceof Map<?, ?> several && several.get("concat") instanceof List<?> parts) {
            return all(parts, right, packet);
        }
        return left instanceof Map<?, ?> expression && expression.size() == 1
                ? one(expression, right, packet)
                : Truth.UNKNOWN;
    }

    private static Truth all(List<?> parts, Object right, Packet packet) {
        if (!(right instanceof Map<?, ?> map)
                || !(map.get("concat") instanceof List<?> values)
                || values.size() != parts.size()) {
            return Truth.UNKNOWN;
        }
        Truth all = Truth.YES;
        for (int i = 0; i < values.size(); i++) {
            all = all.and(holds(parts.get(i), values.get(i), packet));
        }
        return all;
    }

    private static Truth one(Map<?, ?> expression, Object right, Packet packet) {
        Map.Entry<?, ?> entry = expression.entrySet().iterator().next();
        Map<?, ?> of = entry.getValue() instanceof Map<?, ?> map ? map : Map.of();
        return switch (String.valueOf(entry.getKey())) {
            case "meta" -> meta(String.valueOf(of.get("key")), right, packet);
            case "payload" -> payload(of, right, packet);
            case "ct" -> ct(of, right, packet);
            case "fib" -> fib(of, right, packet);
            case "&" -> masked(entry.getValue(), right, packet);
            default -> Truth.UNKNOWN;
        };
    }

    private static Truth meta(String key, Object right, Packet packet) {
        return switch (key) {
            case "iifname", "iif" -> right instanceof String name ? Matches.isDevice(packet.in(), name) : Truth.UNKNOWN;
            case "oifname", "oif" ->
                right instanceof String name ? Matches.isDevice(packet.out(), name) : Truth.UNKNOWN;
            case "l4proto" -> Matches.isProtocol(packet.protocol(), words(right));
            case "nfproto" -> Truth.of(words(right).equals(packet.family() == Family.IPV4 ? "ipv4" : "ipv6"));
            case "protocol" -> Truth.of(words(right).equals(ip(packet)));
            case "mark" -> Matches.isNumber(packet.mark(), words(right));
            case "pkttype" -> Truth.of(List.of("unicast", "host").contains(words(right)));
            default -> Truth.UNKNOWN;
        };
    }

    private static String ip(Packet packet) {
        return packet.family() == Family.IPV4 ? "ip" : "ip6";
    }

    private static Truth payload(Map<?, ?> of, Object right, Packet packet) {
        String protocol = String.valueOf(of.get("protocol"));
        String field = String.valueOf(of.get("field"));
        return switch (protocol) {
            case "ether" -> field.equals("type") ? Truth.of(words(right).equals(ip(packet))) : Truth.UNKNOWN;
            case "ip", "ip6" -> protocol.equals(ip(packet)) ? address(field, right, packet) : Truth.NO;
            case "tcp" -> packet.protocol() == Packet.TCP ? port(field, right, packet) : Truth.NO;
            case "udp" -> packet.protocol() == Packet.UDP ? port(field, right, packet) : Truth.NO;
            case "th" -> port(field, right, packet);
            case "icmp" -> packet.protocol() == Packet.ICMP ? icmp(field, right) : Truth.NO;
            case "icmpv6" -> packet.protocol() == Packet.ICMPV6 ? icmp(field, right) : Truth.NO;
            case "sctp", "dccp", "esp", "ah" -> Truth.NO;
            default -> Truth.UNKNOWN;
        };
    }

    private static Truth icmp(String field, Object right) {
        return field.equals("type") ? Matches.isEchoRequest(words(right)) : Truth.UNKNOWN;
    }

    private static Truth address(String field, Object right, Packet packet) {
        return switch (field) {
            case "saddr" -> Matches.isIn(packet.source(), words(right));
            case "daddr" -> Matches.isIn(packet.destination(), words(right));
            case "protocol", "nexthdr" -> Matches.isProtocol(packet.protocol(), words(right));
            default -> Truth.UNKNOWN;
        };
    }

    private static Truth port(String field, Object right, Packet packet) {
        return switch (field) {
            case "sport" -> Matches.isAmong(packet.sourcePort(), words(right));
            case "dport" -> Matches.isAmong(packet.destinationPort(), words(right));
            default -> Truth.UNKNOWN;
        };
    }

    /// For the first packet of a connection that nothing has marked.
    private static Truth ct(Map<?, ?> of, Object right, Packet packet) {
        return switch (String.valueOf(of.get("key"))) {
            case "state" -> Truth.of(isOrHas(right, "new"));
            case "status" -> Truth.of(packet.translated() && isOrHas(right, "dnat"));
            case "mark" -> Matches.isNumber(0, words(right));
            case "direction" -> Truth.of(words(right).equals("original"));
            default -> Truth.UNKNOWN;
        };
    }

    private static boolean isOrHas(Object right, String flag) {
        return words(right).equals(flag) || right instanceof List<?> list && list.contains(flag);
    }

    private static Truth fib(Map<?, ?> of, Object right, Packet packet) {
        boolean type = "type".equals(of.get("result")) && right instanceof String;
        if (!type || !(of.get("flags") instanceof List<?> flags) || flags.size() != 1) {
            return type && of.get("flags") instanceof String flag ? type(flag, right, packet) : Truth.UNKNOWN;
        }
        return type(String.valueOf(flags.getFirst()), right, packet);
    }

    private static Truth type(String of, Object right, Packet packet) {
        boolean here = of.equals("saddr") ? packet.fromHere() : packet.toHere();
        return switch (of) {
            case "saddr", "daddr" -> Truth.of(right.equals(here ? "local" : "unicast"));
            default -> Truth.UNKNOWN;
        };
    }

    /// A masked value is known only for marks. Assumes that nothing has marked the connection.
    private static Truth masked(Object operands, Object right, Packet packet) {
        if (!(operands instanceof List<?> list) || list.size() != 2 || !(list.getFirst() instanceof Map<?, ?> left)) {
            return Truth.UNKNOWN;
        }
        boolean ofPacket = left.get("meta") instanceof Map<?, ?> meta && "mark".equals(meta.get("key"));
        boolean ofConnection = left.get("ct") instanceof Map<?, ?> ct && "mark".equals(ct.get("key"));
        String masked = words(right) + "/" + words(list.getLast());
        return ofPacket
                ? Matches.isNumber(packet.mark(), masked)
                : ofConnection ? Matches.isNumber(0, masked) : Truth.UNKNOWN;
    }

    /// A value as iptables would print it.
    static String words(Object value) {
        if (value instanceof Json.Number number) {
            return number.text();
        }
        if (value instanceof Map<?, ?> map && map.get("prefix") instanceof Map<?, ?> prefix) {
            return words(prefix.get("addr")) + "/" + words(prefix.get("len"));
        }
        if (value instanceof Map<?, ?> map && map.get("range") instanceof List<?> ends && ends.size() == 2) {
            return words(ends.getFirst()) + "-" + words(ends.getLast());
        }
        return String.valueOf(value);
    }

    static boolean isDestination(Object left) {
        return left instanceof Map<?, ?> map
                && map.get("payload") instanceof Map<?, ?> payload
                && "daddr".equals(payload.get("field"));
    }
}

package jflannel.page;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import jflannel.ip.Ip;

/// Which packet to follow.
///
/// @param from its source; null for this node
/// @param protocol `tcp`, `udp` or `icmp`
/// @param port of the destination; 0 with ICMP
public record WayQuery(Ip from, Ip to, String protocol, int port) {
    private static final int MOST_PORT = 65_535;

    /// @param query of a URL, as it was sent; null for none
    /// @throws IllegalArgumentException with what is wrong, in words for a user
    static WayQuery parse(String query) {
        Map<String, String> fields = fields(query == null ? "" : query);
        String from = fields.getOrDefault("from", "");
        Ip source = from.isEmpty() ? null : address(from);
        Ip to = address(fields.getOrDefault("to", ""));
        if (source != null && source.family() != to.family()) {
            throw new IllegalArgumentException("Both addresses must be of one family.");
        }
        String protocol = fields.getOrDefault("protocol", "icmp");
        return switch (protocol) {
            case "icmp" -> new WayQuery(source, to, protocol, 0);
            case "tcp", "udp" -> new WayQuery(source, to, protocol, port(fields.getOrDefault("port", "")));
            default -> throw new IllegalArgumentException("The protocol is tcp, udp or icmp.");
        };
    }

    private static Map<String, String> fields(String query) {
        Map<String, String> fields = new HashMap<>();
        for (String field : query.split("&")) {
            int equals = field.indexOf('=');
            if (equals > 0) {
                fields.put(
                        field.substring(0, equals),
                        URLDecoder.decode(field.substring(equals + 1), StandardCharsets.UTF_8));
            }
        }
        return fields;
    }

    private static Ip address(String word) {
        try {
            return Ip.parse(word);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("Give IP addresses, such as 10.5.2.2.", e);
        }
    }

    private static int port(String word) {
        int port = word.matches("[0-9]{1,5}") ? Integer.parseInt(word) : 0;
        if (port < 1 || port > MOST_PORT) {
            throw new IllegalArgumentException("Give a port from 1 to 65535.");
        }
        return port;
    }
}

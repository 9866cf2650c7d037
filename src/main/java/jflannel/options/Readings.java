package jflannel.options;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;
import jflannel.docker.UserNetwork;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.names.NameChoice;
import jflannel.names.Names;

/// Parses flag values.
///
/// There are two kinds of errors, because Go flannel finds them at different times: values that its flag
/// package cannot read ([Unreadable]), and values that it reads but cannot use ([Unfit]).
final class Readings {
    private static final String URLS =
            "Give the URLs of etcd members, such as http://192.0.2.1:2379,http://192.0.2.2:2379.";
    private static final int DAY_SECONDS = 86_400;

    private Readings() {}

    /// The value cannot be read; the message says what to give instead.
    static final class Unreadable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Unreadable(String need) {
            super(need);
        }
    }

    /// The value was read but cannot be used; the message says what to give instead.
    static final class Unfit extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Unfit(String need) {
            super(need);
        }
    }

    static String text(String word) {
        return word;
    }

    static Boolean truth(String word) {
        Boolean truth = GoFlags.truth(word);
        if (truth == null) {
            throw new Unreadable("Give =true or =false.");
        }
        return truth;
    }

    static PeerFilterMode peerFilter(String word) {
        return switch (word) {
            case "auto" -> PeerFilterMode.AUTO;
            case "on" -> PeerFilterMode.ON;
            case "off" -> PeerFilterMode.OFF;
            default -> throw new Unreadable("Give auto, on or off.");
        };
    }

    /// An int in Go's syntax: decimal, 0x…, or octal with a leading 0.
    static Integer number(String word) {
        try {
            if (!word.startsWith("#")) {
                return Integer.decode(word);
            }
        } catch (NumberFormatException e) {
            // not a number: reported below
        }
        throw new Unreadable("Give a whole number.");
    }

    private static int number(String word, int least, int most, String unit) {
        int value = number(word);
        if (value < least || value > most) {
            throw new Unfit("Give a number of %s from %d to %d.".formatted(unit, least, most));
        }
        return value;
    }

    static Integer portOfSome(String word) {
        int port = number(word);
        if (port < 1 || port > 65535) {
            throw new Unfit("Give a port from 1 to 65535.");
        }
        return port;
    }

    static Integer port(String word) {
        int port = number(word);
        if (port < 0 || port > 65535) {
            throw new Unfit("Give a port from 1 to 65535, or 0 for no server.");
        }
        return port;
    }

    /// Where a server listens, as [ServerAddress#parse] reads it; empty for nowhere. A text, so that the class is not
    /// loaded for nothing.
    static String serverAddress(String word) {
        if (word.isEmpty() || word.equals("0")) {
            return "";
        }
        ServerAddress.parse(word);
        return word;
    }

    /// The number of a routing table, as the kernel counts: unsigned, in 32 bits.
    static Integer routeTable(String word) {
        int table;
        try {
            table = Integer.parseUnsignedInt(word);
        } catch (NumberFormatException e) {
            throw new Unfit("Give the number of a routing table from 1 to 4294967295, such as 100; 254 is the main one."
                    + " Names such as those in rt_tables are not known here.");
        }
        return switch (table) {
            case 0 -> throw new Unfit("There is no table 0: give a number from 1 to 4294967295; 254 is the main one.");
            case 253 ->
                throw new Unfit("Table 253 is asked last, behind the default route: give another number, such as 100.");
            case 255 ->
                throw new Unfit("Table 255 is the kernel's own, for addresses of this host: give another number, such"
                        + " as 100.");
            default -> table;
        };
    }

    /// A lease lasts 24 hours, so the margin must be shorter than that.
    static Duration renewMargin(String word) {
        return Duration.ofMinutes(number(word, 1, 1439, "minutes"));
    }

    static Duration seconds(String word) {
        return Duration.ofSeconds(number(word, 1, DAY_SECONDS, "seconds"));
    }

    /// A duration in seconds; 0 for none.
    static Duration grace(String word) {
        return Duration.ofSeconds(number(word, 0, DAY_SECONDS, "seconds"));
    }

    /// The name of a network on this host; null to take one that is free.
    static Names networkName(String word) {
        try {
            return word.isEmpty() || word.equals("auto") ? null : NameChoice.parse(word);
        } catch (IllegalArgumentException e) {
            throw new Unfit("Give auto, default, or one to six lower-case letters and digits such as blue.");
        }
    }

    /// The names of the networks of one daemon, each once.
    static List<String> networks(String words) {
        List<String> names = words.isEmpty()
                ? List.of()
                : List.of(words.split(",", -1)).stream().map(String::strip).toList();
        for (String name : names) {
            if (networkName(name) == null || networkName(name).isDefault()) {
                throw new Unfit("Give names of one to six lower-case letters and digits such as red,blue; auto and"
                        + " default are none.");
            }
        }
        if (names.stream().distinct().count() < names.size()) {
            throw new Unfit("Give each name once.");
        }
        return names;
    }

    /// The name of a network of Docker's; empty for none.
    static String dockerNetwork(String word) {
        if (!word.isEmpty() && !UserNetwork.isName(word)) {
            throw new Unfit("Give the name of a network of its own, of letters, digits and _.-, such as flannel.");
        }
        return word;
    }

    /// A path; null if empty.
    static Path file(String word) {
        try {
            return word.isEmpty() ? null : Path.of(word);
        } catch (InvalidPathException e) {
            throw new Unfit("It is not a path: " + e.getReason() + ".");
        }
    }

    /// A path, not empty.
    static Path namedFile(String word) {
        Path path = file(word);
        if (path == null) {
            throw new Unfit("Give the path of a file, or omit the flag.");
        }
        return path;
    }

    /// An address of either family; null if empty.
    static Ip address(String word) {
        Ip ip = addressOrNull(word);
        if (ip == null && !word.isEmpty()) {
            throw new Unfit("Give an IP address such as 192.0.2.10 or 2001:db8::10.");
        }
        return ip;
    }

    static Ip publicIpv4(String word) {
        return publicIp(word, Family.IPV4, "192.0.2.10");
    }

    static Ip publicIpv6(String word) {
        return publicIp(word, Family.IPV6, "2001:db8::10");
    }

    private static Ip publicIp(String word, Family family, String example) {
        Ip ip = addressOrNull(word);
        if (word.isEmpty()) {
            return null;
        }
        if (ip == null || ip.family() != family) {
            throw new Unfit("Give an %s address such as %s.".formatted(family.title(), example));
        }
        if (ip.isAny() || ip.isMulticast()) {
            throw new Unfit("Other nodes cannot send to it. Give this node's own address.");
        }
        return ip;
    }

    private static Ip addressOrNull(String word) {
        try {
            return Ip.parse(word);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    static Pattern regex(String word) {
        try {
            return Pattern.compile(word);
        } catch (PatternSyntaxException e) {
            throw new Unfit("It is not a regular expression: %s at character %d."
                    .formatted(e.getDescription(), e.getIndex() + 1));
        }
    }

    /// `http://host:port,https://host:port`; without a scheme, it is decided when connecting.
    static List<String> endpoints(String word) {
        List<String> urls = Stream.of(word.split(","))
                .map(String::strip)
                .filter(url -> !url.isEmpty())
                .toList();
        if (urls.stream().anyMatch(url -> url.startsWith("unix:"))) {
            throw new Unfit("Unix sockets are not supported. " + URLS);
        }
        if (urls.isEmpty() || !urls.stream().allMatch(Readings::isUrl)) {
            throw new Unfit(URLS);
        }
        return urls;
    }

    static String cloudEndpoint(String word) {
        if (!word.isEmpty() && (!word.contains("://") || !isUrl(word))) {
            throw new Unfit("Give a URL, such as https://ec2.example.com.");
        }
        return word;
    }

    private static boolean isUrl(String text) {
        try {
            URI url = new URI(text.contains("://") ? text : "http://" + text);
            return ("http".equals(url.getScheme()) || "https".equals(url.getScheme())) && url.getHost() != null;
        } catch (URISyntaxException e) {
            return false;
        }
    }

    static String prefix(String word) {
        return word.replaceFirst("/+$", "");
    }
}

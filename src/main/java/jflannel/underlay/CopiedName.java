package jflannel.underlay;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jflannel.ip.Cidr;
import jflannel.kernel.Link;

/// Explains a value of `--iface` that can never be an interface: something copied from the output of a command, or
/// that a shell should have changed.
final class CopiedName {
    private static final Pattern QUOTED = Pattern.compile("[\"'“”‘’`\\\\]+(.*?)[\"'“”‘’`\\\\]*|(.*?)[\"'“”‘’`\\\\]+");
    private static final Pattern OF_IP = Pattern.compile("(?:\\d+: )?([^@\\s]+?)(?:@([^@\\s:]+))?:?");
    private static final Pattern ASSIGNED = Pattern.compile("-*(?:iface|FLANNELD_IFACE)=(.*)");
    private static final Pattern MAC = Pattern.compile("(?:[0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}");

    private CopiedName() {}

    /// What is wrong with the value and what to give instead, in full sentences; empty if it may be the name of an
    /// interface that does not exist yet.
    static Optional<String> explain(String value, Interfaces interfaces) {
        return quoted(value)
                .or(() -> assigned(value))
                .or(() -> list(value))
                .or(() -> prefix(value))
                .or(() -> mac(value, interfaces))
                .or(() -> shownByIp(value))
                .or(() -> impossible(value));
    }

    private static Optional<String> quoted(String value) {
        Matcher quoted = QUOTED.matcher(value);
        if (!quoted.matches()) {
            return Optional.empty();
        }
        String bare = quoted.group(1) != null ? quoted.group(1) : quoted.group(2);
        String give = bare.isBlank() ? "omit the flag" : "write --iface=" + bare.strip();
        return Optional.of("The quotation marks are part of the value, since no shell removed them: " + give
                + (bare.isBlank() ? "." : " without them."));
    }

    private static Optional<String> assigned(String value) {
        Matcher assigned = ASSIGNED.matcher(value);
        return assigned.matches()
                ? Optional.of("The value repeats the name of the flag: write --iface=" + assigned.group(1) + ".")
                : Optional.empty();
    }

    private static Optional<String> list(String value) {
        String[] parts = value.strip().split("[,;\\s]+");
        if (parts.length < 2 || value.strip().matches("\\d+: \\S+")) {
            return Optional.empty();
        }
        return Optional.of("It is a list, and the flag takes one interface: repeat it, as in --iface="
                + String.join(" --iface=", parts) + ".");
    }

    private static Optional<String> prefix(String value) {
        try {
            Cidr.parse(value);
            return Optional.of("Give the address without the prefix length: --iface="
                    + value.substring(0, value.indexOf('/')) + ".");
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Optional<String> mac(String value, Interfaces interfaces) {
        if (!MAC.matcher(value).matches()) {
            return Optional.empty();
        }
        String mac = value.toLowerCase(Locale.ROOT).replace('-', ':');
        String holder = interfaces.links().stream()
                .filter(link -> link.mac() != null && link.mac().toString().equals(mac))
                .map(Link::name)
                .findFirst()
                .orElse("eth0");
        return Optional.of("It is a MAC address: give the name of the interface, as in --iface=" + holder + ".");
    }

    /// ip(8) writes `2: eth0@if5:` for an interface whose name is eth0.
    private static Optional<String> shownByIp(String value) {
        Matcher shown = OF_IP.matcher(value);
        if (!shown.matches() || shown.group(1).equals(value) || shown.group(1).contains(":")) {
            return Optional.empty();
        }
        String name = shown.group(1);
        return Optional.of("That is how ip shows the interface " + name + ": give --iface=" + name + ".");
    }

    /// The kernel takes no name with a slash or with white space (dev_valid_name in net/core/dev.c), and a colon
    /// only in the label of an address.
    private static Optional<String> impossible(String value) {
        if (value.contains("/") || value.chars().anyMatch(Character::isWhitespace)) {
            return Optional.of("No interface can have that name. Give one, such as --iface=eth0, or its address.");
        }
        return value.length() > 127 // ALTIFNAMSIZ minus the terminating zero byte
                ? Optional.of("That is longer than any interface name.")
                : Optional.empty();
    }
}

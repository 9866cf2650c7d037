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
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.names.NameChoice;
import jflannel.names.Names;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// How the words on the command line become values.
///
/// Two kinds of refusal are told apart, because Go flannel meets them at different times: what its flag package
/// cannot read ([TypeConversionException]), and what is read but turns out to be of no use ([Unfit]).
public final class OptionTypes {
    private OptionTypes() {}

    /// A value that was read but cannot be used; the message says what would be right.
    static final class Unfit extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Unfit(String need) {
            super(need);
        }
    }

    static final class Truth implements ITypeConverter<Boolean> {
        @Override
        public Boolean convert(String word) {
            Boolean truth = GoFlags.truth(word);
            if (truth == null) {
                throw new TypeConversionException("Give =true or =false.");
            }
            return truth;
        }
    }

    /// Whether to keep the peer filter.
    public enum PeerFilterMode {
        /// Where rules are in nftables.
        AUTO,
        ON,
        OFF
    }

    static final class PeerFilter implements ITypeConverter<PeerFilterMode> {
        @Override
        public PeerFilterMode convert(String word) {
            return switch (word) {
                case "auto" -> PeerFilterMode.AUTO;
                case "on" -> PeerFilterMode.ON;
                case "off" -> PeerFilterMode.OFF;
                default -> throw new TypeConversionException("Give auto, on or off.");
            };
        }
    }

    /// An int as Go writes it: decimal, 0x…, or octal with a leading 0.
    static class Int implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String word) {
            try {
                if (!word.startsWith("#")) {
                    return Integer.decode(word);
                }
            } catch (NumberFormatException e) {
                // not a number: said below
            }
            throw new TypeConversionException("Give a whole number.");
        }

        Integer convert(String word, int least, int most, String unit) {
            int value = convert(word);
            if (value < least || value > most) {
                throw new Unfit("Give a number%s from %d to %d.".formatted(unit, least, most));
            }
            return value;
        }
    }

    static final class Port extends Int {
        @Override
        public Integer convert(String word) {
            int port = super.convert(word);
            if (port < 0 || port > 65535) {
                throw new Unfit("Give a port from 1 to 65535, or 0 for no server.");
            }
            return port;
        }
    }

    /// A lease lasts 24 hours: renewing it the whole time, or after its end, makes no sense.
    static final class RenewMargin implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String word) {
            return Duration.ofMinutes(new Int().convert(word, 1, 1439, " of minutes"));
        }
    }

    static final class Seconds implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String word) {
            return Duration.ofSeconds(new Int().convert(word, 1, 86_400, " of seconds"));
        }
    }

    /// A time that may be none.
    static final class Grace implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String word) {
            return Duration.ofSeconds(new Int().convert(word, 0, 86_400, " of seconds"));
        }
    }

    /// The name of a network on this host; `auto` is none.
    static final class NetworkName implements ITypeConverter<Names> {
        @Override
        public Names convert(String word) {
            try {
                return word.isEmpty() || word.equals("auto") ? null : NameChoice.parse(word);
            } catch (IllegalArgumentException e) {
                throw new Unfit("Give auto, default, or one to six lower-case letters and digits such as blue.");
            }
        }
    }

    /// A path; an empty word is none.
    static final class File implements ITypeConverter<Path> {
        @Override
        public Path convert(String word) {
            try {
                return word.isEmpty() ? null : Path.of(word);
            } catch (InvalidPathException e) {
                throw new Unfit("It is not a path: " + e.getReason() + ".");
            }
        }
    }

    /// A path; there must be one.
    static final class NamedFile implements ITypeConverter<Path> {
        @Override
        public Path convert(String word) {
            Path path = new File().convert(word);
            if (path == null) {
                throw new Unfit("Give the path of a file, or leave the flag out.");
            }
            return path;
        }
    }

    /// An address of either family; an empty word is none.
    static class Address implements ITypeConverter<Ip> {
        @Override
        public Ip convert(String word) {
            if (word.isEmpty()) {
                return null;
            }
            try {
                return Ip.parse(word);
            } catch (IllegalArgumentException e) {
                throw new Unfit("Give an IP address such as 192.0.2.10 or 2001:db8::10.");
            }
        }

        Ip convert(String word, Family family, String example) {
            Ip ip = convertOrNull(word);
            if (ip == null && !word.isEmpty() || ip != null && ip.family() != family) {
                throw new Unfit("Give an %s address such as %s.".formatted(words(family), example));
            }
            if (ip != null && (ip.isAny() || ip.isMulticast())) {
                throw new Unfit("Other nodes could not send to it: give this node's own address.");
            }
            return ip;
        }

        private Ip convertOrNull(String word) {
            try {
                return convert(word);
            } catch (Unfit e) {
                return null;
            }
        }
    }

    static final class AddressV4 extends Address {
        @Override
        public Ip convert(String word) {
            return new Address().convert(word, Family.IPV4, "192.0.2.10");
        }
    }

    static final class AddressV6 extends Address {
        @Override
        public Ip convert(String word) {
            return new Address().convert(word, Family.IPV6, "2001:db8::10");
        }
    }

    static final class Regex implements ITypeConverter<Pattern> {
        @Override
        public Pattern convert(String word) {
            try {
                return Pattern.compile(word);
            } catch (PatternSyntaxException e) {
                throw new Unfit("It is not a regular expression: %s at character %d."
                        .formatted(e.getDescription(), e.getIndex() + 1));
            }
        }
    }

    /// `http://host:port,https://host:port`; a scheme may be left out, and is left to those who connect.
    static final class Endpoints implements ITypeConverter<Endpoints.Urls> {
        /// A type of its own, because a plain list would be read as a flag that repeats.
        record Urls(List<String> all) {}

        @Override
        public Urls convert(String word) {
            List<String> urls = Stream.of(word.split(","))
                    .map(String::strip)
                    .filter(url -> !url.isEmpty())
                    .toList();
            if (urls.isEmpty() || !urls.stream().allMatch(Endpoints::isUrl)) {
                throw new Unfit("Give the URLs of etcd members, such as http://192.0.2.1:2379,http://192.0.2.2:2379.");
            }
            return new Urls(urls);
        }

        private static boolean isUrl(String text) {
            try {
                URI url = new URI(text.contains("://") ? text : "http://" + text);
                return ("http".equals(url.getScheme()) || "https".equals(url.getScheme())) && url.getHost() != null;
            } catch (URISyntaxException e) {
                return false;
            }
        }
    }

    static final class Prefix implements ITypeConverter<String> {
        @Override
        public String convert(String word) {
            return word.replaceFirst("/+$", "");
        }
    }

    private static String words(Family family) {
        return family == Family.IPV4 ? "IPv4" : "IPv6";
    }
}

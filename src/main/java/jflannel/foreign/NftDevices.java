package jflannel.foreign;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// For which devices chains are that look at what single devices receive or send. Versions of nft before 1.0.7 leave
/// that out of their JSON, and print it only as text.
final class NftDevices {
    static final NftDevices UNKNOWN = new NftDevices(Map.of());

    private static final Pattern NEEDED = Pattern.compile("\"hook\": *\"(ingress|egress)\"");
    private static final Pattern CHAIN =
            Pattern.compile("chain (\\S+) \\{\\s+type \\S+ hook (?:ingress|egress) devices? (?:= )?(\\{[^}]*}|\\S+) ");

    private final Map<String, Set<String>> byChain;

    private NftDevices(Map<String, Set<String>> byChain) {
        this.byChain = byChain;
    }

    /// True if a table has such chains, and its document does not say for which devices.
    static boolean areMissingIn(String document) {
        return NEEDED.matcher(document).find() && !document.contains("\"dev\"");
    }

    /// @param texts by tables, such as `inet filter`: what `nft list table` prints
    static NftDevices read(Map<String, String> texts) {
        Map<String, Set<String>> byChain = new HashMap<>();
        texts.forEach((table, text) -> {
            Matcher chain = CHAIN.matcher(text);
            while (chain.find()) {
                byChain.put(
                        table + " " + chain.group(1),
                        Stream.of(chain.group(2).split("[{},\"\\s]+"))
                                .filter(name -> !name.isEmpty())
                                .collect(Collectors.toSet()));
            }
        });
        return new NftDevices(byChain);
    }

    /// @param dev what the document says: a name, several, or nothing
    /// @return empty if it is not known
    Set<String> of(String table, String chain, Object dev) {
        return switch (dev) {
            case List<?> several -> several.stream().map(String::valueOf).collect(Collectors.toSet());
            case String one -> Set.of(one);
            case null, default -> byChain.getOrDefault(table + " " + chain, Set.of());
        };
    }
}

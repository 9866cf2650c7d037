package jflannel.underlay;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jflannel.ip.Ip;

/// The name servers that this host uses: resolv.conf(5).
public final class Resolvers {
    /// The second file has the servers behind a local resolver, which appears as 127.0.0.53 in the first.
    private static final List<Path> FILES =
            List.of(Path.of("/etc/resolv.conf"), Path.of("/run/systemd/resolve/resolv.conf"));

    private Resolvers() {}

    /// The name servers of this host, except itself.
    public static Set<Ip> read() {
        return FILES.stream().flatMap(file -> in(textOf(file))).collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private static String textOf(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return ""; // missing, or not text: nothing for us
        }
    }

    /// @param text of a file
    static Stream<Ip> in(String text) {
        return text.lines()
                .map(line -> line.strip().split("\\s+"))
                .filter(words -> words.length > 1 && words[0].equals("nameserver"))
                .flatMap(words -> address(words[1].replaceFirst("%.*", "")).stream())
                .filter(ip -> !ip.isLoopback() && !ip.isLinkLocal());
    }

    private static Optional<Ip> address(String text) {
        try {
            return Optional.of(Ip.parse(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}

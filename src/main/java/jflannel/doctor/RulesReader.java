package jflannel.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import jflannel.foreign.ForeignScan;
import jflannel.foreign.Traffic;
import jflannel.linux.Command;

/// Reads firewall rules.
final class RulesReader {
    /// The kernel's list of tables of iptables-legacy; one that is not in it has no rules.
    private static final Path LEGACY_TABLES = Path.of("/proc/thread-self/net/ip_tables_names");

    private static final int FEW = 3;

    private RulesReader() {}

    /// @throws IOException if a tool that is needed fails
    static Rules read(Traffic traffic) throws IOException {
        List<String> legacy = legacy();
        return new Rules(
                ForeignScan.of(traffic).found(), legacy, legacy.isEmpty() ? List.of() : few("iptables-nft-save"));
    }

    private static List<String> legacy() throws IOException {
        boolean tables =
                Files.exists(LEGACY_TABLES) && !Files.readString(LEGACY_TABLES).isBlank();
        return tables ? few("iptables-legacy-save") : List.of();
    }

    private static List<String> few(String program) throws IOException {
        Optional<Path> found = Command.find(program);
        return found.isEmpty()
                ? List.of()
                : Command.lines(new First(), found.get().toString());
    }

    /// Keeps the first few rules.
    private static final class First implements java.util.function.Predicate<String> {
        private int kept;

        @Override
        public boolean test(String line) {
            return line.startsWith("-A ") && kept++ < FEW;
        }
    }
}

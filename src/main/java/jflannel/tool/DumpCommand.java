package jflannel.tool;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import jflannel.dump.Dump;
import jflannel.work.Printable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `flannel dump`: a support bundle of this host.
@Command(
        name = "dump",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Puts all that one would want to see of this host's flannel into one file, which only its owner may read: status,"
                    + " what should be in the kernel and what is, firewall rules, log, versions, configuration, leases.",
            "Passwords, tokens and keys are left out. Look through it before you send it to anybody all the same."
        })
final class DumpCommand implements Callable<Integer> {
    @Parameters(
            paramLabel = "FOLDER",
            arity = "0..1",
            defaultValue = ".",
            description = "Where to put it. Default: the current folder")
    private Path folder;

    @Mixin
    private NodeFlags node;

    @Override
    public Integer call() throws IOException {
        Map<String, List<String>> commands = new LinkedHashMap<>();
        commands.put("status.json", command(node.flags(), "status"));
        commands.put("peers.json", command(node.flags(), "peers"));
        commands.put("doctor.json", command(node.flags(), "doctor"));
        commands.put("leases.json", command(node.ofStore(), "lease", "list"));
        Dump dump = new Dump(node.find(), commands);
        Path file = dump.into(folder, Instant.now());
        dump.failures().forEach(line -> System.err.println(Printable.line(line)));
        System.out.println(file);
        return 0;
    }

    private static List<String> command(List<String> flags, String... words) {
        List<String> all = new ArrayList<>(ownCommand());
        all.addAll(List.of(words));
        all.addAll(flags);
        all.addAll(List.of("-o", "json"));
        return all;
    }

    /// As this process was started: by the launcher, or by Java directly.
    private static List<String> ownCommand() {
        return Optional.ofNullable(System.getProperty("jflannel.home"))
                .map(home -> List.of(home + "/bin/flannel"))
                .orElseGet(() -> List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName()));
    }
}

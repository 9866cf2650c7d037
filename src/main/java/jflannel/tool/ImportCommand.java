package jflannel.tool;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import jflannel.etcd.EtcdRecords;
import jflannel.etcd.V2Import;
import jflannel.etcd.V2Import.Fate;
import jflannel.lease.ConfigException;
import jflannel.work.Printable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `flannel import-v2`: a dump of etcd's API version 2 becomes keys of version 3.
@Command(
        name = "import-v2",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Turns a network's keys in a dump of etcd's API version 2 into keys of version 3: the configuration, leases with"
                    + " the time that is left, reservations.",
            "Shows what it would write; --apply writes it. Keys that version 3 has are never overwritten. Run it again if it"
                    + " fails in the middle.",
            "A dump is what this prints: curl 'http://127.0.0.1:2379/v2/keys/coreos.com/network?recursive=true'",
            "Ends with 0 if all is well, with 1 if a key needs a look."
        })
final class ImportCommand implements Callable<Integer> {
    private static final int LARGEST = 64 << 20;

    @Parameters(paramLabel = "FILE|-", description = "The dump, in JSON or as etcdctl prints it; - for standard input.")
    private String file;

    @Option(names = "--apply", description = "Write it.")
    private boolean apply;

    @Option(
            names = "--from-prefix",
            paramLabel = "KEY",
            description = "The prefix in the dump. Default: that of --etcd-prefix")
    private Optional<String> from = Optional.empty();

    @Mixin
    private StoreFlags store;

    @Override
    public Integer call() throws IOException {
        String text = read();
        String prefix = from.isPresent() ? from.get() : store.flannel(List.of()).options().etcd.prefix;
        try (EtcdRecords records = store.open()) {
            V2Import importing = new V2Import(records, file, text, prefix, Instant.now());
            List<V2Import.Step> plan = importing.plan();
            if (apply) {
                importing.apply(plan);
            }
            plan.forEach(step -> System.out.println(Printable.line(words(step))));
            long writes =
                    plan.stream().filter(step -> step.fate() == Fate.WRITE).count();
            if (!apply) {
                System.out.println("nothing was written; --apply writes %d keys".formatted(writes));
            }
            return plan.stream().anyMatch(step -> step.fate() == Fate.REFUSED) ? 1 : 0;
        }
    }

    private String words(V2Import.Step step) {
        String what = switch (step.fate()) {
            case WRITE -> apply ? "written" : "to write";
            case THERE -> "there already";
            case DROPPED -> "left out";
            case REFUSED -> "REFUSED";
        };
        String time = step.fate() == Fate.WRITE
                ? step.seconds()
                        .map(it -> ", for %d:%02d h".formatted(it / 3600, it / 60 % 60))
                        .orElse("")
                : "";
        return "%-13s %s: %s%s".formatted(what, step.key(), step.words(), time);
    }

    private String read() throws IOException {
        if (file.equals("-")) {
            return text(System.in);
        }
        if (Files.isDirectory(Path.of(file))) {
            throw new ConfigException(
                    "FILE",
                    file,
                    "It is a directory, perhaps of etcdctl backup. Start etcd 3.4 or older on a copy of it, with"
                            + " --force-new-cluster --enable-v2, and dump its keys with curl.");
        }
        try (InputStream input = Files.newInputStream(Path.of(file))) {
            return text(input);
        } catch (NoSuchFileException e) {
            throw new ConfigException("FILE", file, "There is no such file.");
        }
    }

    private String text(InputStream input) throws IOException {
        byte[] bytes = input.readNBytes(LARGEST + 1);
        if (bytes.length > LARGEST) {
            throw new ConfigException("FILE", file, "It is larger than 64 MiB, as no dump of a network is.");
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }
}

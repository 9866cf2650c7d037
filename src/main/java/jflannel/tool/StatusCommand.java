package jflannel.tool;

import java.io.IOException;
import java.util.concurrent.Callable;
import jflannel.inspect.Inspection;
import jflannel.inspect.Verdict;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `flannel status`: how this host's flannel is.
@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Shows how this host's flannel is, and what to do about what is wrong.",
            "Works with the daemon or without, and where Go flannel runs. Changes nothing.",
            "Ends with 0 if all is well, with 1 if it is degraded, with 2 if pods have no network."
        })
final class StatusCommand implements Callable<Integer> {
    @Mixin
    private NodeFlags node;

    @Option(
            names = "--store",
            description = {
                "Ask the store, and compare all entries in the kernel, also while the daemon runs.",
                "Otherwise what the running daemon says of them counts."
            })
    private boolean store;

    @Mixin
    private OutputFlags output;

    @Override
    public Integer call() throws IOException {
        return output.repeat(this::show);
    }

    private int show(Screen screen) throws IOException {
        Inspection seen = store ? node.look() : node.glance();
        Verdict verdict = Verdict.of(seen);
        output.print(() -> new StatusText(seen, verdict, screen).text(), () -> StatusFields.of(seen, verdict));
        return verdict.grade().exitCode();
    }
}

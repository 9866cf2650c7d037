package jflannel.tool;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import jflannel.inspect.Comparison;
import jflannel.inspect.Inspection;
import jflannel.inspect.PeerState;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `flannel peers`: the other nodes, and what this one has to reach them.
@Command(
        name = "peers",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Shows the other nodes: their subnets and addresses, and whether the kernel has what it takes to reach them.",
            "Ends with 0 if it has, with 1 if something is missing for one."
        })
final class PeersCommand implements Callable<Integer> {
    @Mixin
    private NodeFlags node;

    @Mixin
    private OutputFlags output;

    @Override
    public Integer call() throws IOException {
        return output.repeat(this::show);
    }

    private int show(Screen screen) throws IOException {
        Inspection seen = node.look();
        if (seen.comparison().value().isEmpty()) {
            throw new IOException(
                    "the peers are not known: " + seen.comparison().words());
        }
        Comparison comparison = seen.comparison().value().get();
        List<PeerState> peers = comparison.peers();
        output.print(() -> PeersText.of(seen, peers, screen), () -> PeersText.fields(seen, peers));
        return comparison.programmed() == peers.size() ? 0 : 1;
    }
}

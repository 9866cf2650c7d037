package jflannel.tool;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import jflannel.backend.WireguardIdentity;
import jflannel.backend.WireguardKeyFile;
import jflannel.inspect.Inspection;
import jflannel.inspect.LocalFlannel;
import jflannel.lease.BackendType;
import jflannel.lease.ConfigException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `flannel wireguard`: this node's key.
@Command(
        name = "wireguard",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = "Commands for the backend wireguard.",
        subcommands = WireguardCommand.Rotate.class)
final class WireguardCommand {
    private WireguardCommand() {}

    @Command(
            name = "rotate",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            description = {
                "Gives this node another key: puts one into the file, which the running flanneld notices.",
                "Waits until it is published. No packet is lost, and no other node needs to be touched."
            })
    static final class Rotate implements Callable<Integer> {
        private static final Duration PATIENCE = Duration.ofSeconds(30);
        private static final long PAUSE_MILLIS = 300;

        @Mixin
        private NodeFlags node;

        @Override
        public Integer call() throws IOException, InterruptedException {
            LocalFlannel flannel = node.find();
            Inspection seen = node.look(flannel);
            BackendType type = seen.network()
                    .value()
                    .orElseThrow(() -> new IOException(seen.network().words()))
                    .type();
            if (type != BackendType.WIREGUARD) {
                throw new ConfigException("The backend is %s, which has no such key.".formatted(type.title()));
            }
            WireguardIdentity next = WireguardKeyFile.of(
                            flannel.environment(), flannel.options().node.stateFile, flannel.names())
                    .replace();
            String key = next.publicKey().toString();
            long end = System.nanoTime() + PATIENCE.toNanos();
            while (!published(node.look(flannel)).contains(key)) {
                if (System.nanoTime() - end > 0) {
                    System.err.println("flannel: the new key is in its file, but is not published yet. See flannel"
                            + " status: flanneld uses it when it runs and reaches the store.");
                    return 1;
                }
                Thread.sleep(PAUSE_MILLIS);
            }
            System.out.println("this node's public key is " + key);
            return 0;
        }

        private static String published(Inspection seen) {
            return seen.own()
                    .value()
                    .map(own -> String.join(" ", own.announced().backendData().values()))
                    .orElse("");
        }
    }
}

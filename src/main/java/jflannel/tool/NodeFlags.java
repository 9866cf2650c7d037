package jflannel.tool;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import jflannel.inspect.Glimpse;
import jflannel.inspect.Inspection;
import jflannel.inspect.Inspector;
import jflannel.inspect.LocalFlannel;
import jflannel.ip.Ip;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Which flannel of this host a tool is about: the running daemon's flags, unless others are given.
final class NodeFlags {
    @Option(
            names = "--subnet-file",
            paramLabel = "FILE",
            description = {
                "As of flanneld, and so are the others. Without flags, those of the running flanneld count.",
                "Of several networks on this host, one is chosen by this flag, --network-name or --etcd-prefix."
            })
    private Optional<String> subnetFile = Optional.empty();

    @Option(names = "--network-name", paramLabel = "NAME")
    private Optional<String> networkName = Optional.empty();

    @Option(names = "--state-file", paramLabel = "FILE")
    private Optional<String> stateFile = Optional.empty();

    @Option(names = "--iface", paramLabel = "NAME")
    private Optional<String> iface = Optional.empty();

    @Option(
            names = "--store-timeout",
            paramLabel = "SECONDS",
            defaultValue = "2",
            description = "How long to wait for the store before the state file is used. Default: ${DEFAULT-VALUE}")
    private int storeTimeout;

    @Mixin
    private StoreFlags etcd;

    @Mixin
    private KubeFlags kube;

    /// Looks at it.
    Inspection look() throws IOException {
        return look(find());
    }

    /// Looks at what takes no time, unless the flags say where the store is: then somebody wants to know what it says.
    Inspection glance() throws IOException {
        return ofStore().isEmpty() ? Inspector.glance(find(), Duration.ofSeconds(storeTimeout)) : look();
    }

    /// Looks at what has to do with a few addresses; empty unless the running daemon can be believed, and where
    /// the flags say what the store is.
    Optional<Glimpse> glimpse(LocalFlannel flannel, List<Ip> addresses) throws IOException {
        return ofStore().isEmpty() ? Inspector.glimpse(flannel, addresses) : Optional.empty();
    }

    /// Looks at one that was found.
    Inspection look(LocalFlannel flannel) throws IOException {
        return Inspector.look(flannel, Duration.ofSeconds(storeTimeout));
    }

    /// Finds it.
    LocalFlannel find() throws IOException {
        Logger.getLogger("").setLevel(Level.OFF); // what is wrong is a part of what was found
        return LocalFlannel.find(flags(), System.getenv());
    }

    /// Those that were given.
    List<String> flags() {
        List<String> flags = new ArrayList<>(ofStore());
        subnetFile.ifPresent(value -> flags.add("--subnet-file=" + value));
        networkName.ifPresent(value -> flags.add("--network-name=" + value));
        stateFile.ifPresent(value -> flags.add("--state-file=" + value));
        iface.ifPresent(value -> flags.add("--iface=" + value));
        return flags;
    }

    /// Those of them that say where the leases are.
    List<String> ofStore() {
        List<String> flags = new ArrayList<>(etcd.flags());
        flags.addAll(kube.flags());
        return flags;
    }
}

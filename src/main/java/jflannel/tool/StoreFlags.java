package jflannel.tool;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import jflannel.daemon.Flanneld;
import jflannel.etcd.EtcdRecords;
import jflannel.etcd.EtcdSettings;
import jflannel.inspect.LocalFlannel;
import jflannel.lease.ConfigException;
import jflannel.options.Options;
import picocli.CommandLine.Option;

/// Where the leases are, by flags and variables of flanneld's names and meanings.
final class StoreFlags {
    @Option(
            names = "--etcd-endpoints",
            paramLabel = "URL",
            description = "As of flanneld, and so are the others. Default: those of the flanneld that runs here.")
    private Optional<String> endpoints = Optional.empty();

    @Option(names = "--etcd-prefix", paramLabel = "KEY")
    private Optional<String> prefix = Optional.empty();

    @Option(names = "--etcd-cafile", paramLabel = "FILE")
    private Optional<String> caFile = Optional.empty();

    @Option(names = "--etcd-certfile", paramLabel = "FILE")
    private Optional<String> certFile = Optional.empty();

    @Option(names = "--etcd-keyfile", paramLabel = "FILE")
    private Optional<String> keyFile = Optional.empty();

    @Option(
            names = "--etcd-username",
            paramLabel = "NAME",
            description = "The password is read from the variable FLANNELD_ETCD_PASSWORD.")
    private Optional<String> username = Optional.empty();

    /// @throws ConfigException if a flag cannot be used, or the leases are not in etcd
    EtcdRecords open() throws IOException {
        Options options = flannel(List.of()).options();
        if (options.kube.subnetManager) {
            throw new ConfigException(
                    "The leases of this network are in the Kubernetes API, which assigns each node its"
                            + " podCIDR; this command is for etcd.");
        }
        return open(options);
    }

    static EtcdRecords open(Options options) {
        return new EtcdRecords(
                Flanneld.etcdSettings(options.etcd, EtcdSettings.USUAL_LEASE_TIME, Duration.ofHours(1), true));
    }

    /// The flannel that these flags are about: that of the daemon that runs here, if there is one.
    ///
    /// @param more flags beside those of etcd
    LocalFlannel flannel(List<String> more) throws IOException {
        Logger.getLogger("").setLevel(Level.SEVERE); // what is wrong is shown or thrown
        List<String> flags = new ArrayList<>(more);
        flags.addAll(flags());
        return LocalFlannel.find(flags, System.getenv());
    }

    /// Those that were given.
    List<String> flags() {
        List<String> flags = new ArrayList<>();
        endpoints.ifPresent(value -> flags.add("--etcd-endpoints=" + value));
        prefix.ifPresent(value -> flags.add("--etcd-prefix=" + value));
        caFile.ifPresent(value -> flags.add("--etcd-cafile=" + value));
        certFile.ifPresent(value -> flags.add("--etcd-certfile=" + value));
        keyFile.ifPresent(value -> flags.add("--etcd-keyfile=" + value));
        username.ifPresent(value -> flags.add("--etcd-username=" + value));
        return flags;
    }
}

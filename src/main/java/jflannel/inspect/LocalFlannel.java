package jflannel.inspect;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import jflannel.lease.ConfigException;
import jflannel.names.DaemonFiles;
import jflannel.names.NameChoice;
import jflannel.names.Names;
import jflannel.names.RunningFlanneld;
import jflannel.options.ExitException;
import jflannel.options.Options;
import jflannel.report.ReportedStatus;

/// The flannel of this host whose network a tool is about.
///
/// @param process the running daemon, this program or Go flannel; empty if none runs
/// @param options the daemon's, or those of the one that ran last, with those flags that the tool was given. Files are
///     where this process finds them
/// @param environment of the daemon, or else of this process; holds secrets, so it is never shown
/// @param names of what its network makes on this host
/// @param others daemons of other networks on this host
public record LocalFlannel(
        Optional<RunningFlanneld> process,
        Options options,
        Map<String, String> environment,
        Names names,
        List<RunningFlanneld> others) {
    private static final String PASSWORD = "FLANNELD_ETCD_PASSWORD";

    public LocalFlannel {
        environment = Map.copyOf(environment);
        others = List.copyOf(others);
    }

    /// Finds the daemon that has the given flags: of several, the one of the default network.
    ///
    /// @param flags of flanneld, as the tool was given them: they win over the daemon's own
    /// @param environment of this process
    /// @throws jflannel.lease.ConfigException if a flag cannot be used
    public static LocalFlannel find(List<String> flags, Map<String, String> environment) throws IOException {
        List<RunningFlanneld> running = RunningFlanneld.all();
        List<LocalFlannel> suiting = new ArrayList<>();
        for (RunningFlanneld process : running) {
            for (List<String> line : lines(process)) {
                LocalFlannel flannel = of(process, line, flags, environment);
                if (flannel.hasNetworkOf(of(process, line, List.of(), environment))) {
                    suiting.add(flannel);
                }
            }
        }
        LocalFlannel found = suiting.stream()
                .min(Comparator.comparing(flannel -> flannel.names.network()))
                .orElseGet(() -> without(flags, environment));
        return found.beside(running.stream()
                .filter(process -> found.process.stream().noneMatch(process::equals))
                .toList());
    }

    /// The flags of a daemon, for each network that it serves.
    private static List<List<String>> lines(RunningFlanneld process) {
        List<Options> networks = Options.parse(process.arguments(), process.environment()).networks;
        return networks.isEmpty()
                ? List.of(process.arguments())
                : networks.stream().map(network -> network.given).toList();
    }

    private static LocalFlannel of(
            RunningFlanneld process, List<String> own, List<String> flags, Map<String, String> here) {
        Map<String, String> environment = new HashMap<>(process.environment());
        if (here.containsKey(PASSWORD)) {
            environment.put(PASSWORD, here.get(PASSWORD));
        }
        List<String> line = Stream.concat(own.stream(), flags.stream()).toList();
        Options options = Options.parse(line, environment, process::file);
        return new LocalFlannel(Optional.of(process), options, environment, names(options, process.isGo()), List.of());
    }

    /// With the flags of the daemon that ran last, as far as that left its status.
    private static LocalFlannel without(List<String> flags, Map<String, String> environment) {
        Options options = Options.parse(flags, environment);
        try {
            String status = Files.readString(DaemonFiles.status(options.node.subnetFile));
            List<String> all = new ArrayList<>(ReportedStatus.parse(status).flags());
            all.addAll(flags);
            options = Options.parse(all, environment);
        } catch (IOException | IllegalArgumentException | ExitException | ConfigException e) {
            // none ran since the start of this host, or another release of it: the given flags have to do
        }
        return new LocalFlannel(Optional.empty(), options, environment, names(options, false), List.of());
    }

    private static Names names(Options options, boolean go) {
        return go
                ? Names.DEFAULT
                : options.node
                        .networkName()
                        .or(() -> NameChoice.noted(options.node.subnetFile))
                        .orElse(Names.DEFAULT);
    }

    /// True if flags make no other network of it.
    private boolean hasNetworkOf(LocalFlannel other) {
        return options.node.subnetFile.equals(other.options.node.subnetFile)
                && names.equals(other.names)
                && options.kube.subnetManager == other.options.kube.subnetManager
                && options.etcd.prefix.equals(other.options.etcd.prefix)
                && options.kube.annotationPrefix.equals(other.options.kube.annotationPrefix);
    }

    private LocalFlannel beside(List<RunningFlanneld> more) {
        return new LocalFlannel(process, options, environment, names, more);
    }

    /// True if Go flannel runs here.
    public boolean isGo() {
        return process.filter(RunningFlanneld::isGo).isPresent();
    }

    /// Where this process finds a file of the daemon's.
    public Path file(Path path) {
        return process.map(it -> it.file(path)).orElse(path);
    }
}

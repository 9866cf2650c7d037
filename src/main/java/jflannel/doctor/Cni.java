package jflannel.doctor;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.trace.AttachedPod;

/// What container runtimes find on this host.
///
/// @param directory of network configurations; empty if there is none
/// @param confs in the order in which runtimes read them; the first one counts
/// @param missingPlugins programs that the configuration of flannel needs, and the directory of plugins lacks
/// @param reserved which addresses of this node's subnets host-local has given away
/// @param pods of this node
/// @param routed indexes of devices that lead to a pod by a route, without a bridge
public record Cni(
        Optional<Path> directory,
        List<Conf> confs,
        List<String> missingPlugins,
        List<Reservations> reserved,
        List<AttachedPod> pods,
        Set<Integer> routed) {
    static final Cni NONE = new Cni(Optional.empty(), List.of(), List.of(), List.of(), List.of(), Set.of());

    public Cni {
        confs = List.copyOf(confs);
        missingPlugins = List.copyOf(missingPlugins);
        reserved = List.copyOf(reserved);
        pods = List.copyOf(pods);
        routed = Set.copyOf(routed);
    }

    /// A file.
    ///
    /// @param plugins their types; empty if the file cannot be read
    public record Conf(Path file, List<String> plugins) {
        boolean isFlannel() {
            return plugins.contains("flannel");
        }
    }

    /// @param directory with a file for each address
    /// @param ports devices at the bridge, one for each pod that lives
    public record Reservations(Path directory, Cidr subnet, List<Ip> addresses, int ports) {
        public Reservations {
            addresses = List.copyOf(addresses);
        }
    }
}

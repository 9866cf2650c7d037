package jflannel.doctor;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import jflannel.lease.ShellWord;

/// What keeps container runtimes from giving pods this network.
final class CniChecks {
    /// Of a subnet, host-local hands out all but the network's address, the bridge's and the broadcast address.
    private static final int NOT_FOR_PODS = 3;

    private CniChecks() {}

    /// Whether this host is one where a container runtime should take flannel's configuration from that directory.
    /// Others have Docker, or keep theirs elsewhere, such as Nomad.
    private static boolean usesCni(Snapshot snapshot) {
        return snapshot.isKubernetes() || snapshot.cni().confs().stream().anyMatch(Cni.Conf::isFlannel);
    }

    static Stream<Diagnosis> conf(Snapshot snapshot) {
        Cni cni = snapshot.cni();
        if (!usesCni(snapshot)) {
            return Stream.empty();
        }
        String directory = cni.directory().map(Object::toString).orElse("/etc/cni/net.d");
        if (cni.confs().isEmpty()) {
            return Stream.of(Diagnosis.of(
                            Check.CNI_CONF, "there is no CNI configuration, so container runtimes do not know flannel")
                    .seen("ls " + directory, "no .conflist, .conf or .json")
                    .remedied(write(directory)));
        }
        Cni.Conf first = cni.confs().getFirst();
        if (first.isFlannel()) {
            return Stream.empty();
        }
        Optional<Cni.Conf> ours =
                cni.confs().stream().filter(Cni.Conf::isFlannel).findFirst();
        return Stream.of(Diagnosis.of(
                        Check.CNI_CONF,
                        first.plugins().isEmpty()
                                ? "the CNI configuration that container runtimes take cannot be read"
                                : "container runtimes take the network of another plugin, "
                                        + first.plugins().getFirst())
                .seen("the first file in " + directory, first.file().getFileName())
                .seen("its plugins", first.plugins())
                .remedied(ours.map(_ -> "mv %1$s %1$s.disabled"
                                .formatted(ShellWord.of(first.file().toString())))
                        .orElseGet(() -> "mv %1$s %1$s.disabled && %2$s"
                                .formatted(ShellWord.of(first.file().toString()), write(directory)))));
    }

    private static String write(String directory) {
        return "echo '{\"name\":\"cbr0\",\"cniVersion\":\"1.0.0\",\"plugins\":[{\"type\":\"flannel\",\"delegate\":"
                + "{\"hairpinMode\":true,\"isDefaultGateway\":true}},{\"type\":\"portmap\",\"capabilities\":"
                + "{\"portMappings\":true}}]}' > " + ShellWord.of(directory + "/10-flannel.conflist");
    }

    static Stream<Diagnosis> plugins(Snapshot snapshot) {
        List<String> missing = snapshot.cni().missingPlugins();
        return missing.isEmpty()
                ? Stream.empty()
                : Stream.of(Diagnosis.of(
                                Check.CNI_PLUGIN,
                                "container runtimes lack a program that the CNI configuration needs: "
                                        + String.join(", ", missing))
                        .seen("ls /opt/cni/bin", "no " + String.join(", no ", missing)));
    }

    static Stream<Diagnosis> pool(Snapshot snapshot) {
        return snapshot.cni().reserved().stream()
                .filter(it -> it.subnet().family().bits() - it.subnet().length() < 16)
                .filter(it -> it.addresses().size()
                        >= (1 << it.subnet().family().bits() - it.subnet().length()) - NOT_FOR_PODS)
                .map(CniChecks::exhausted);
    }

    private static Diagnosis exhausted(Cni.Reservations reserved) {
        int given = reserved.addresses().size();
        boolean leaked = reserved.ports() < given;
        String folder = ShellWord.of(reserved.directory().toString());
        return Diagnosis.of(
                        Check.CNI_POOL,
                        leaked
                                ? "host-local has no address left, because pods that are gone still hold %d"
                                        .formatted(given - reserved.ports())
                                : "host-local has no address left: this node's subnet is full of pods")
                .seen("ls " + reserved.directory(), given + " addresses of " + reserved.subnet())
                .seen("devices at the bridge", reserved.ports())
                .remedied(
                        leaked
                                ? ("cd %s && for ip in [0-9a-f]*; do crictl pods -q --no-trunc | grep -qx \"$(head -n1 $ip |"
                                                + " tr -d '\\r')\" || rm $ip; done")
                                        .formatted(folder)
                                : "run fewer pods here, or give nodes larger subnets (SubnetLen, --node-cidr-mask-size)");
    }
}

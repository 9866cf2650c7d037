package jflannel.doctor;

import static java.util.stream.Collectors.joining;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import jflannel.inspect.Part;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.kernel.Link;

/// subnet.env, and what container runtimes made of it.
final class FileChecks {
    private FileChecks() {}

    static Stream<Diagnosis> subnetFile(Snapshot snapshot) {
        boolean wanted = !snapshot.flannel().flannel().options().node.noSubnet;
        boolean atWork = snapshot.runs()
                || snapshot.deviceNames().stream()
                        .anyMatch(it -> snapshot.link(it).isPresent());
        if (!(snapshot.flannel().subnetFile() instanceof Part.Missing<?>(String why)) || !wanted || !atWork) {
            return Stream.empty();
        }
        Diagnosis found = Diagnosis.of(
                        Check.SUBNET_FILE, "subnet.env is missing, without which no pod starts on this node")
                .seen("ls", why)
                .remedied(snapshot.restart());
        return Stream.of(snapshot.flannel()
                .status()
                .value()
                .filter(it -> !it.cause().isEmpty())
                .map(it -> found.seen("flanneld waits", it.cause()))
                .orElse(found));
    }

    /// As the daemon judges them.
    static Stream<Diagnosis> bridges(Snapshot snapshot) {
        return snapshot.surroundings().host().bridgeFaults().stream().map(why -> bridge(why, snapshot));
    }

    private static Diagnosis bridge(String why, Snapshot snapshot) {
        Diagnosis found = Diagnosis.of(Check.BRIDGE_ADDRESS, why)
                .seen(
                        snapshot.flannel().subnetFile().words(),
                        snapshot.notedSubnets().stream().map(Cidr::toString).collect(joining(" and ")));
        Optional<Link> bridge = snapshot.flannel().links().stream()
                .filter(link -> link.kind().equals("bridge") && why.startsWith(link.name() + " "))
                .findFirst();
        return bridge.map(it -> remedied(found, it, snapshot)).orElseGet(() -> found.with("bridge", "cni0"));
    }

    /// A bridge with an address of another subnet has to go; what others lack can be given to them, with their pods.
    private static Diagnosis remedied(Diagnosis found, Link bridge, Snapshot snapshot) {
        if (!bridge.up()) {
            return found.remedied("ip link set %s up".formatted(bridge.name()));
        }
        return snapshot.addresses(bridge).allMatch(Ip::isLinkLocal)
                ? found.remedied(snapshot.notedSubnets().stream()
                        .map(it -> "ip address add %s/%d dev %s"
                                .formatted(it.address().plus(1), it.length(), bridge.name()))
                        .collect(joining("; ")))
                : found.with("bridge", bridge.name());
    }

    /// A pod's end of a bridge.
    static Stream<Diagnosis> ports(Snapshot snapshot) {
        return snapshot.bridgesIn(snapshot.notedSubnets()).stream()
                .flatMap(bridge -> snapshot.flannel().links().stream()
                        .filter(link -> link.master() == bridge.index() && !link.up())
                        .map(link -> Diagnosis.of(
                                        Check.POD_DEVICE,
                                        "a pod is cut off: %s, its port of %s, is down"
                                                .formatted(link.name(), bridge.name()))
                                .seen("ip link show " + link.name(), "state DOWN")
                                .with("device", link.name())));
    }

    static Stream<Diagnosis> mtu(Snapshot snapshot) {
        int mtu;
        try {
            mtu = Integer.parseInt(snapshot.subnetEnv().getOrDefault("FLANNEL_MTU", ""));
        } catch (NumberFormatException e) {
            return Stream.empty();
        }
        List<Link> wide = snapshot.bridgesIn(snapshot.notedSubnets()).stream()
                .flatMap(bridge -> snapshot.flannel().links().stream()
                        .filter(link -> link.master() == bridge.index() && link.mtu() > mtu))
                .toList();
        if (wide.isEmpty()) {
            return Stream.empty();
        }
        return Stream.of(Diagnosis.of(
                        Check.POD_MTU,
                        "%s larger packets than fit through the network: large transfers hang, and pings work"
                                .formatted(wide.size() == 1 ? "a pod may send" : wide.size() + " pods may send"))
                .seen(snapshot.flannel().subnetFile().words(), "FLANNEL_MTU=" + mtu)
                .seen(
                        "ip link show " + wide.getFirst().name(),
                        "mtu " + wide.getFirst().mtu())
                .with("device", wide.getFirst().name())
                .with("mtu", mtu));
    }
}

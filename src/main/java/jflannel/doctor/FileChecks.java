package jflannel.doctor;

import static java.util.stream.Collectors.joining;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import jflannel.inspect.Part;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.kernel.Link;
import jflannel.lease.ShellWord;
import jflannel.trace.AttachedPod;

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

    /// A pod's end of a bridge, and the pods themselves.
    static Stream<Diagnosis> ports(Snapshot snapshot) {
        return Stream.concat(
                down(snapshot), snapshot.cni().pods().stream().flatMap(pod -> pod(pod, snapshot).stream()));
    }

    private static Optional<Diagnosis> pod(AttachedPod pod, Snapshot snapshot) {
        Optional<Link> end = snapshot.flannel().links().stream()
                .filter(link -> link.index() == pod.otherEnd())
                .findFirst();
        Optional<Link> bridge =
                snapshot.bridgesIn(snapshot.notedSubnets()).stream().findFirst();
        if (end.isPresent()
                && end.get().master() == 0
                && !snapshot.cni().routed().contains(pod.otherEnd())) {
            return Optional.of(Diagnosis.of(
                            Check.POD_DEVICE,
                            "the pod %s is cut off: its device %s is a port of no bridge"
                                    .formatted(pod.address(), end.get().name()))
                    .seen("ip link show " + end.get().name(), "no master")
                    .seen(pod.namespace(), pod.address())
                    .remedied(bridge.map(it -> "ip link set %s up master %s"
                                    .formatted(end.get().name(), it.name()))
                            .orElse("recreate the pod")));
        }
        return pod.hasWay()
                ? Optional.empty()
                : Optional.of(Diagnosis.of(
                                Check.POD_DEVICE,
                                "the pod %s has no route to pods of other nodes".formatted(pod.address()))
                        .seen("ip route, in " + pod.namespace(), "none that leads there")
                        .remedied(gateway(pod, snapshot)
                                .map(ip -> "nsenter --net=%s ip route add default via %s"
                                        .formatted(ShellWord.of(pod.namespace()), ip))
                                .orElse("recreate the pod")));
    }

    private static Optional<Ip> gateway(AttachedPod pod, Snapshot snapshot) {
        return snapshot.bridgesIn(snapshot.notedSubnets()).stream()
                .flatMap(snapshot::addresses)
                .filter(ip -> ip.family() == pod.address().family() && !ip.isLinkLocal())
                .findFirst();
    }

    private static Stream<Diagnosis> down(Snapshot snapshot) {
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

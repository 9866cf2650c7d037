package jflannel.doctor;

import static java.util.stream.Collectors.joining;

import java.util.List;
import java.util.stream.Stream;
import jflannel.inspect.Part;
import jflannel.ip.Cidr;
import jflannel.kernel.Link;
import jflannel.underlay.HostNetworks;

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
        HostNetworks host = snapshot.surroundings().host();
        return host.bridgeFaults().stream()
                .map(why -> Diagnosis.of(Check.BRIDGE_ADDRESS, why)
                        .seen(
                                snapshot.flannel().subnetFile().words(),
                                snapshot.notedSubnets().stream()
                                        .map(Cidr::toString)
                                        .collect(joining(" and ")))
                        .with(
                                "bridge",
                                host.podBridges().stream()
                                        .filter(why::contains)
                                        .findFirst()
                                        .orElse("cni0")));
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

package jflannel.doctor;

import static java.util.stream.Collectors.joining;

import java.util.List;
import java.util.stream.Stream;
import jflannel.inspect.Part;
import jflannel.ip.Cidr;
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

    /// The daemon's judge, and where it has no subnet to compare with, subnet.env.
    static Stream<Diagnosis> bridges(Snapshot snapshot) {
        List<Cidr> own = snapshot.own().map(it -> it.cidrs()).orElse(snapshot.notedSubnets());
        if (own.isEmpty()) {
            return Stream.empty();
        }
        return snapshot.surroundings().host().stray(own).stream()
                .map(why -> Diagnosis.of(Check.BRIDGE_ADDRESS, why)
                        .seen(
                                snapshot.flannel().subnetFile().words(),
                                own.stream().map(Cidr::toString).collect(joining(" and ")))
                        .with(
                                "bridge",
                                snapshot.surroundings()
                                        .host()
                                        .strayBridges()
                                        .getFirst()
                                        .device()));
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

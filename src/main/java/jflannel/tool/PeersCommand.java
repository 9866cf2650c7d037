package jflannel.tool;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import jflannel.inspect.Comparison;
import jflannel.inspect.Inspection;
import jflannel.inspect.PeerState;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.ipsec.SecurityAssociation;
import jflannel.lease.ConfigException;
import jflannel.lease.LeasedSubnet;
import jflannel.linux.Errno;
import jflannel.linux.KernelException;
import jflannel.names.DaemonFiles;
import jflannel.probe.PeerProbe;
import jflannel.probe.Probes;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `flannel peers`: the other nodes, and what this one has to reach them.
@Command(
        name = "peers",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Shows the other nodes: their subnets and addresses, and whether the kernel has what it takes to reach them.",
            "Ends with 0 if all is well, with 1 if something is missing for one, or packets to it are lost."
        })
final class PeersCommand implements Callable<Integer> {
    @Parameters(
            paramLabel = "SUBNET|IP",
            arity = "0..*",
            description = "Only these: a subnet, an address in one, or a host's public address.")
    private List<String> wanted = List.of();

    @Option(
            names = "--probe",
            description = "Ping each, through the tunnel and past it: times, losses, and the largest packets that pass")
    private boolean probe;

    @Option(
            names = "--probe-limit",
            paramLabel = "SECONDS",
            defaultValue = "10",
            description = "How long that may take for all together. Default: ${DEFAULT-VALUE}")
    private int limit;

    @Mixin
    private NodeFlags node;

    @Mixin
    private OutputFlags output;

    @Override
    public Integer call() throws IOException {
        return output.repeat(this::show);
    }

    private int show(Screen screen) throws IOException {
        Inspection seen = node.look();
        if (seen.comparison().value().isEmpty()) {
            throw new IOException(
                    "the peers are not known: " + seen.comparison().words());
        }
        Comparison comparison = seen.comparison().value().get();
        List<PeerState> peers = comparison.peers().stream()
                .filter(peer -> wanted.isEmpty() || wanted.stream().anyMatch(word -> isMeant(word, peer)))
                .toList();
        Map<LeasedSubnet, PeerProbe> probes = probe ? probes(seen, peers) : Map.of();
        PeersText text = new PeersText(seen, peers, keys(seen), Sessions.of(seen.links()), probe, probes);
        output.print(() -> text.table(screen), text::fields);
        return text.isWell() ? 0 : 1;
    }

    /// What charon says, whether the daemon runs or not; empty if nothing is encrypted.
    private static Optional<Map<Cidr, SecurityAssociation>> keys(Inspection seen) {
        return seen.overlay()
                .value()
                .filter(overlay -> overlay.backend().ike().isPresent())
                .map(_ -> SecurityAssociation.read(
                                DaemonFiles.charon(seen.flannel().options().node.subnetFile))
                        .orElse(Map.of()));
    }

    private static boolean isMeant(String word, PeerState peer) {
        try {
            if (word.contains("/")) {
                return peer.lease().cidrs().stream().anyMatch(Cidr.parse(word)::overlaps);
            }
            Ip ip = Ip.parse(word);
            return peer.lease().announced().publicIps().containsValue(ip)
                    || peer.lease().cidrs().stream().anyMatch(cidr -> cidr.contains(ip));
        } catch (IllegalArgumentException e) {
            throw new ConfigException("SUBNET|IP", word, "Give a subnet such as 10.244.2.0/24, or an address.");
        }
    }

    private Map<LeasedSubnet, PeerProbe> probes(Inspection seen, List<PeerState> peers) throws IOException {
        List<LeasedSubnet> subnets = peers.stream()
                .filter(peer -> peer.ignored().isEmpty())
                .flatMap(peer -> peer.lease().subnets().stream())
                .toList();
        try {
            return Probes.of(subnets, seen.overlay().value().orElseThrow(), Duration.ofSeconds(limit));
        } catch (KernelException e) {
            throw e.is(Errno.EPERM) ? new IOException("--probe needs root, or the capability CAP_NET_RAW", e) : e;
        }
    }
}

package jflannel.doctor;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jflannel.backend.Tunnel;
import jflannel.ip.Ip;
import jflannel.kernel.TunnelPackets;
import jflannel.lease.NetworkConfig;
import jflannel.probe.Echo;

/// What the answers of peers say about the way to them.
final class ProbeChecks {
    private ProbeChecks() {}

    private static List<Probe> that(Snapshot snapshot, Predicate<Probe> holds) {
        return snapshot.probes().stream().filter(holds).toList();
    }

    private static String hosts(List<Probe> probes) {
        return probes.stream().map(probe -> probe.host().toString()).limit(4).collect(Collectors.joining(", "));
    }

    private static Optional<Integer> tunnelPort(Snapshot snapshot) {
        return snapshot.own()
                .flatMap(own -> snapshot.overlay().flatMap(it -> it.backend().port(own)));
    }

    /// The tunnel's, as rules of firewalls name them.
    private static String packets(Snapshot snapshot) {
        if (snapshot.overlay().filter(it -> it.backend().ike().isPresent()).isPresent()) {
            return "IP protocol 50 (ESP) and UDP ports 500 and 4500";
        }
        Optional<TunnelPackets> packets =
                snapshot.overlay().flatMap(it -> it.backend().tunnel()).map(Tunnel::packets);
        return packets.isPresent() && packets.get() instanceof TunnelPackets.InIp(Set<Integer> protocols)
                ? "IP protocol " + protocols.stream().map(String::valueOf).collect(Collectors.joining(" and "))
                : "UDP port " + tunnelPort(snapshot).orElse(0);
    }

    private static boolean isLostWithin(Probe probe) {
        return probe.outside().isAnswered()
                && probe.within().filter(echo -> !echo.isAnswered()).isPresent();
    }

    /// As the daemon judges them.
    static Stream<Diagnosis> neighbors(Snapshot snapshot) {
        return snapshot.wrongNeighbors().stream()
                .map(wrong -> Diagnosis.of(Check.NEIGHBOR, wrong.words())
                        .seen(
                                "ip neigh show " + wrong.entry().ip(),
                                "lladdr %s PERMANENT".formatted(wrong.entry().mac()))
                        .seen("who has " + wrong.entry().ip(), wrong.right())
                        .remedied(wrong.remedy()));
    }

    static Stream<Diagnosis> blocked(Snapshot snapshot) {
        List<Probe> blocked = that(snapshot, probe -> isLostWithin(probe) && probe.port() != Probe.Port.CLOSED);
        if (blocked.isEmpty()) {
            return Stream.empty();
        }
        Probe first = blocked.getFirst();
        boolean ipsec = snapshot.machine().droppedByIpsec() > 0;
        String guess = ipsec
                ? "a policy of IPsec on this host drops its packets"
                : first.port() == Probe.Port.REFUSED
                        ? "a firewall on the way refuses its packets"
                        : "a firewall on the way drops its packets";
        boolean explained = isExplained(snapshot);
        Diagnosis found = Diagnosis.of(
                        Check.TUNNEL_BLOCKED,
                        "%s %s, and nothing comes back through the tunnel: %s"
                                .formatted(
                                        hosts(blocked),
                                        blocked.size() == 1 ? "answers pings" : "answer pings",
                                        explained ? "what is named above is enough for that" : guess))
                .seen("ping " + first.host(), "answered")
                .seen("ping %s, in the tunnel".formatted(first.inner()), "no answer");
        if (explained) {
            return Stream.of(
                    found.graded(Grade.DEGRADED).remedied("flannel doctor    # once more, when that has been mended"));
        }
        if (ipsec) {
            return Stream.of(found.seen(
                            "XfrmOutPolBlock and others in /proc/net/xfrm_stat",
                            snapshot.machine().droppedByIpsec() + " packets")
                    .remedied("ip xfrm policy    # delete what an IPsec program left: ip xfrm policy flush"));
        }
        return Stream.of(found.graded(blocked.size() == snapshot.probes().size() ? Grade.BROKEN : Grade.DEGRADED)
                .with(
                        "here",
                        snapshot.own()
                                .map(it -> it.announced()
                                        .publicIps()
                                        .values()
                                        .iterator()
                                        .next())
                                .get())
                .with("host", first.host())
                .with("packets", packets(snapshot)));
    }

    /// True if something on this host keeps packets out of the tunnel, whatever is on the way.
    private static boolean isExplained(Snapshot snapshot) {
        return Stream.of(
                        EntryChecks.devices(snapshot),
                        EntryChecks.macs(snapshot),
                        EntryChecks.foreignRoutes(snapshot),
                        EntryChecks.tunnelRoutes(snapshot),
                        neighbors(snapshot),
                        RuleChecks.drops(snapshot))
                .flatMap(Function.identity())
                .anyMatch(found -> found.grade() == Grade.BROKEN || found.check() == Check.FOREIGN_DROP);
    }

    /// True if this host itself keeps packets from that one.
    private static boolean isCutOffHere(Ip host, Snapshot snapshot) {
        return snapshot.wrongNeighbors().stream()
                        .anyMatch(wrong -> wrong.entry().ip().equals(host))
                || snapshot.surroundings().tunnelDetours().stream()
                        .anyMatch(detour -> detour.lost() && detour.peer().equals(host));
    }

    static Stream<Diagnosis> port(Snapshot snapshot) {
        List<Probe> closed = that(
                snapshot,
                probe -> probe.port() == Probe.Port.CLOSED
                        && probe.within().filter(Echo::isAnswered).isEmpty());
        if (closed.isEmpty()) {
            return Stream.empty();
        }
        int port = tunnelPort(snapshot).orElse(0);
        return Stream.of(Diagnosis.of(
                        Check.TUNNEL_PORT,
                        "%s %s no tunnel at UDP port %d: another port, another backend, or its device is missing"
                                .formatted(hosts(closed), closed.size() == 1 ? "has" : "have", port))
                .seen("a datagram to %s:%d".formatted(closed.getFirst().host(), port), "ICMP port unreachable")
                .graded(closed.size() == snapshot.probes().size() ? Grade.BROKEN : Grade.DEGRADED)
                .with("port", port));
    }

    static Stream<Diagnosis> silent(Snapshot snapshot) {
        List<Probe> silent = that(
                snapshot,
                probe -> !probe.outside().isAnswered()
                        && probe.port() == Probe.Port.QUIET
                        && probe.within().filter(Echo::isAnswered).isEmpty()
                        && !isCutOffHere(probe.host(), snapshot));
        return silent.isEmpty()
                ? Stream.empty()
                : Stream.of(Diagnosis.of(
                                Check.PEER_SILENT,
                                "%s %s not answer, inside the tunnel or outside: %s down or cut off"
                                        .formatted(
                                                hosts(silent),
                                                silent.size() == 1 ? "does" : "do",
                                                silent.size() == 1 ? "it is" : "they are"))
                        .seen("ping " + silent.getFirst().host(), "no answer")
                        .with("host", silent.getFirst().host()));
    }

    static Stream<Diagnosis> pathMtu(Snapshot snapshot) {
        Stream<Diagnosis> byRoutes = snapshot.surroundings().narrow().stream()
                .map(words -> Diagnosis.of(Check.PATH_MTU, words)
                        .seen("ip route get", words)
                        .remedied("raise the MTU on that path, or set the backend's MTU option to it"));
        List<Probe> holes =
                that(snapshot, probe -> probe.within().orElse(probe.outside()).hasHole());
        Stream<Diagnosis> byProbes = holes.stream().limit(1).map(probe -> hole(probe, hosts(holes), snapshot));
        return Stream.concat(byProbes, byRoutes);
    }

    private static Diagnosis hole(Probe probe, String hosts, Snapshot snapshot) {
        Echo echo = probe.within().orElse(probe.outside());
        int outer = probe.within().isPresent() ? echo.passed() + overhead(snapshot) : echo.passed();
        return Diagnosis.of(
                        Check.PATH_MTU,
                        "large packets to %s vanish on the way: small ones pass, and connections hang once they carry data"
                                .formatted(hosts))
                .seen(
                        "ping -M do -s %d %s"
                                .formatted(
                                        echo.whole() - 28, probe.within().isPresent() ? probe.inner() : probe.host()),
                        "no answer; the largest packet that is answered has %d bytes".formatted(echo.passed()))
                .seen(
                        "ping -M do %s, outside".formatted(probe.host()),
                        "%d of %d bytes pass"
                                .formatted(
                                        probe.outside().passed(),
                                        probe.outside().whole()))
                .graded(Grade.BROKEN)
                .remedied("raise the MTU on the way, or: " + snapshot.configure(withMtu(snapshot, outer)));
    }

    private static int overhead(Snapshot snapshot) {
        return snapshot.overlay()
                .map(it -> it.underlay().mtu() - it.backend().mtu())
                .orElse(0);
    }

    private static String withMtu(Snapshot snapshot, int mtu) {
        return snapshot.network()
                .map(NetworkConfig::redacted)
                .map(json -> json.replaceFirst("(\"Type\":\"[a-z-]+\")", "$1,\"MTU\":" + mtu))
                .orElse("{}");
    }
}

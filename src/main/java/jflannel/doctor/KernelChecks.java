package jflannel.doctor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jflannel.control.Forwarding;
import jflannel.firewall.BridgeNetfilter;
import jflannel.ip.Family;
import jflannel.kernel.Link;
import jflannel.lease.BackendType;
import jflannel.linux.Errno;
import jflannel.linux.Sysctl;
import jflannel.names.Names;

/// The kernel's settings, modules and counters.
final class KernelChecks {
    /// Enough that it is no single broken packet.
    private static final long MANY = 10;

    private KernelChecks() {}

    private static boolean usesIptables(Snapshot snapshot) {
        return snapshot.network().filter(it -> !it.nftables()).isPresent();
    }

    /// The devices by which packets for pods arrive, and those by which pods' packets do.
    static Set<String> arrivals(Snapshot snapshot) {
        Set<String> arrivals = new LinkedHashSet<>(snapshot.deviceNames());
        if (arrivals.isEmpty()) {
            snapshot.overlay().ifPresent(it -> arrivals.addAll(it.underlay().devices()));
        }
        return arrivals;
    }

    private static List<String> bridges(Snapshot snapshot) {
        return snapshot.bridgesIn(snapshot.notedSubnets()).stream()
                .map(Link::name)
                .toList();
    }

    private static Stream<String> off(Snapshot snapshot) {
        boolean loaded =
                snapshot.machine().setting(BridgeNetfilter.setting(Family.IPV4)).isPresent();
        try {
            return Forwarding.wrong(
                            snapshot.families(),
                            usesIptables(snapshot) && loaded,
                            arrivals(snapshot),
                            bridges(snapshot),
                            snapshot.machine()::setting)
                    .stream()
                    .filter(it -> it.wanted().equals("1"))
                    .map(Forwarding.Wrong::name);
        } catch (IOException e) {
            throw new UncheckedIOException("settings that were read already", e);
        }
    }

    static Stream<Diagnosis> forwarding(Snapshot snapshot) {
        return off(snapshot)
                .filter(setting -> !setting.contains("bridge-nf-call"))
                .map(setting -> Diagnosis.of(Check.FORWARDING, "the kernel does not forward packets" + which(setting))
                        .seen("/proc/sys/" + setting, "0")
                        .with("setting", Sysctl.dotted(setting)));
    }

    private static String which(String setting) {
        String[] parts = setting.split("/");
        boolean ofDevice = parts.length > 3 && !parts[3].equals("all");
        return ofDevice ? " that arrive by " + parts[3] : setting.contains("ipv6") ? " of IPv6" : "";
    }

    static Stream<Diagnosis> bridgeCalls(Snapshot snapshot) {
        return off(snapshot)
                .filter(setting -> setting.contains("bridge-nf-call"))
                .map(setting -> Diagnosis.of(
                                Check.BRIDGE_CALLS,
                                "iptables does not see packets between pods of this node, so Services may not answer"
                                        + " callers on their own node")
                        .seen("/proc/sys/" + setting, "0")
                        .with("setting", Sysctl.dotted(setting)));
    }

    static Stream<Diagnosis> brNetfilter(Snapshot snapshot) {
        if (!usesIptables(snapshot)) {
            return Stream.empty();
        }
        return snapshot.families().stream()
                .map(BridgeNetfilter::setting)
                .filter(setting -> snapshot.machine().setting(setting).isEmpty())
                .limit(1)
                .map(setting -> Diagnosis.of(
                                Check.BR_NETFILTER,
                                "the kernel module br_netfilter is missing; flanneld does not start without it if it"
                                        + " uses iptables")
                        .seen("/proc/sys/" + setting, "no such file")
                        .graded(snapshot.runs() ? Grade.DEGRADED : Grade.BROKEN));
    }

    static Stream<Diagnosis> ipv6Off(Snapshot snapshot) {
        if (!snapshot.families().contains(Family.IPV6) || snapshot.network().isEmpty()) {
            return Stream.empty();
        }
        Set<String> devices = new LinkedHashSet<>(snapshot.deviceNames());
        devices.removeIf(name -> Names.isDevice(name, "veth")); // through which packets only pass
        devices.addAll(MachineReader.underlay(snapshot.flannel()));
        snapshot.bridgesIn(snapshot.notedSubnets()).stream().map(Link::name).forEach(devices::add);
        List<String> off = Stream.concat(Stream.of("all"), devices.stream())
                .map(device -> "net/ipv6/conf/" + device + "/disable_ipv6")
                .filter(setting -> snapshot.machine().is(setting, "1"))
                .toList();
        boolean none =
                snapshot.machine().setting("net/ipv6/conf/all/disable_ipv6").isEmpty();
        if (none) {
            return Stream.of(Diagnosis.of(Check.IPV6_OFF, "pods have IPv6, and this kernel runs without it")
                    .seen("/proc/sys/net/ipv6", "no such directory")
                    .remedied("remove ipv6.disable=1 from the kernel's command line, and boot"));
        }
        return off.stream().limit(1).map(setting -> {
            Diagnosis found = Diagnosis.of(Check.IPV6_OFF, "pods have IPv6, and a sysctl turns it off");
            for (String each : off) {
                found = found.seen("/proc/sys/" + each, "1");
            }
            return found.with("setting", Sysctl.dotted(setting));
        });
    }

    static Stream<Diagnosis> reversePath(Snapshot snapshot) {
        List<Diagnosis> found = new ArrayList<>();
        for (Surroundings.Unanswered packet : snapshot.surroundings().unanswered()) {
            String setting = "net/ipv4/conf/%s/rp_filter";
            found.add(Diagnosis.of(
                            Check.RP_FILTER,
                            "the kernel drops packets that arrive by %s, because it would answer by another device"
                                    .formatted(packet.device()))
                    .seen(
                            "ip route get %s from %s iif %s"
                                    .formatted(packet.destination(), packet.source(), packet.device()),
                            "refused: %s".formatted(Errno.words(Errno.EXDEV.number())))
                    .seen(
                            "/proc/sys/" + setting.formatted(packet.device()),
                            snapshot.machine()
                                    .setting(setting.formatted(packet.device()))
                                    .orElse("?"))
                    .seen(
                            "/proc/sys/" + setting.formatted("all"),
                            snapshot.machine().setting(setting.formatted("all")).orElse("?"))
                    .with("device", packet.device()));
        }
        return found.stream();
    }

    static Stream<Diagnosis> module(Snapshot snapshot) {
        return snapshot.machine().missingModules().stream()
                .sorted()
                .map(module -> Diagnosis.of(
                                Check.MODULE_MISSING,
                                "this kernel has no module %s, which the backend %s needs"
                                        .formatted(
                                                module,
                                                snapshot.network()
                                                        .map(it -> it.type().title())
                                                        .orElse("")))
                        .seen("uname -r", snapshot.machine().release())
                        .seen(
                                module.equals("tun") ? "ls /dev/net/tun" : "/sys/module/" + module + ", /lib/modules",
                                "not there")
                        .with("module", module));
    }

    static Stream<Diagnosis> neighborTable(Snapshot snapshot) {
        if (snapshot.network().isEmpty()
                || snapshot.machine()
                        .setting("net/ipv4/neigh/default/gc_thresh3")
                        .isEmpty()) {
            return Stream.empty();
        }
        boolean permanentCount = snapshot.machine().isBefore(5, 0);
        boolean learned = snapshot.network()
                .filter(it -> it.type() == BackendType.HOST_GW)
                .isPresent();
        int needed = snapshot.peers().size();
        int limit = snapshot.machine().number("net/ipv4/neigh/default/gc_thresh3");
        if (!permanentCount && !learned || needed < limit) {
            return Stream.empty();
        }
        return Stream.of(Diagnosis.of(
                        Check.NEIGHBOR_TABLE,
                        "the kernel's neighbor table holds %d entries, and the peers need %d: some are lost at random"
                                .formatted(limit, needed))
                .seen("/proc/sys/net/ipv4/neigh/default/gc_thresh3", limit)
                .seen("uname -r", snapshot.machine().release())
                .with("number", Integer.highestOneBit(Math.max(needed, 1024)) * 4));
    }

    static Stream<Diagnosis> checksums(Snapshot snapshot) {
        Set<String> tunnels = snapshot.deviceNames().stream()
                .filter(name -> snapshot.link(name)
                        .filter(it -> it.kind().equals("vxlan"))
                        .isPresent())
                .collect(Collectors.toSet());
        if (tunnels.isEmpty()) {
            return Stream.empty();
        }
        String device = tunnels.iterator().next();
        List<Probe> proofs = snapshot.probes().stream()
                .filter(probe -> probe.offloaded().equals(java.util.Optional.of(false))
                        && probe.computed().equals(java.util.Optional.of(true)))
                .toList();
        if (!proofs.isEmpty()) {
            return Stream.of(Diagnosis.of(
                            Check.CHECKSUMS,
                            "packets whose checksum is left to the network card arrive broken: connections to Services hang")
                    .seen("a UDP datagram to " + proofs.getFirst().inner() + ", checksum by the card", "no answer")
                    .seen("the same with a checksum by this program", "answered")
                    .graded(Grade.BROKEN)
                    .with("device", device));
        }
        long broken = snapshot.machine().counter("Udp InCsumErrors");
        long all = snapshot.machine().counter("Udp InDatagrams");
        if (broken < MANY || broken < all / 1000) {
            return Stream.empty();
        }
        return Stream.of(Diagnosis.of(
                        Check.CHECKSUMS,
                        "UDP datagrams arrive here with wrong checksums, as tunnel packets do from network cards and"
                                + " kernels that compute them wrong: connections to Services hang")
                .seen("/proc/net/snmp, Udp InCsumErrors", broken + " beside " + all + " good ones")
                .seen("uname -r", snapshot.machine().release())
                .seen(
                        "ethtool -k " + device,
                        "tx-checksumming: " + (snapshot.machine().offloading().contains(device) ? "on" : "off"))
                .with("device", device));
    }
}

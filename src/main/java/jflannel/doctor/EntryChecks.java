package jflannel.doctor;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jflannel.control.ForeignRoutes;
import jflannel.inspect.Comparison;
import jflannel.inspect.DeviceState;
import jflannel.inspect.Entry;
import jflannel.inspect.PeerState;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.kernel.Address;
import jflannel.kernel.Device;
import jflannel.kernel.FibRoute;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Link;
import jflannel.kernel.Neighbor;
import jflannel.kernel.Route;
import jflannel.kernel.RoutingRule;
import jflannel.kernel.XfrmPolicy;
import jflannel.lease.Lease;
import jflannel.names.Names;
import jflannel.status.Condition;

/// What the kernel should hold for this network, and holds.
final class EntryChecks {
    private static final Pattern TABLE = Pattern.compile("table (\\d+)");
    private static final int MOST_NAMED = 3;
    private static final int MOST_COMMANDS = 5;

    private EntryChecks() {}

    static Stream<Diagnosis> devices(Snapshot snapshot) {
        return snapshot.flannel().devices().stream()
                .filter(device -> !device.isRight() && (device.wanted().isPresent() || snapshot.runs()))
                .filter(device -> device.found().isEmpty() || !keepsFormer(snapshot))
                .map(device -> device(device, snapshot));
    }

    /// True if the daemon cannot use the configuration, and says why: its devices are those of the former one.
    private static boolean keepsFormer(Snapshot snapshot) {
        return snapshot.flannel()
                .status()
                .value()
                .filter(status ->
                        status.findings().stream().anyMatch(it -> it.condition() == Condition.CONFIGURATION_REFUSED))
                .isPresent();
    }

    private static Diagnosis device(DeviceState state, Snapshot snapshot) {
        Optional<Link> found = state.found();
        if (found.isEmpty()) {
            return Diagnosis.of(
                            Check.DEVICE,
                            "the device %s is missing, which carries the pods' packets".formatted(state.name()))
                    .seen("ip link show " + state.name(), "does not exist")
                    .remedied(snapshot.restart());
        }
        Link link = found.get();
        if (!link.up()) {
            return Diagnosis.of(Check.DEVICE, "the device %s is down".formatted(state.name()))
                    .seen("ip link show " + state.name(), "state DOWN")
                    .remedied("ip link set %s up && %s".formatted(state.name(), snapshot.restart()));
        }
        Device wanted = state.wanted().orElseThrow();
        boolean kind = wanted.isSatisfiedBy(link);
        String is = link.properties() == null
                ? "of kind \"" + link.kind() + "\""
                : snapshot.names().in(link.properties().words(snapshot.names()));
        return Diagnosis.of(
                        Check.DEVICE,
                        kind
                                ? "the MTU of %s is %d, and should be %d"
                                        .formatted(link.name(), link.mtu(), wanted.mtu())
                                : "the device %s is not as the configuration wants it: it is %s"
                                        .formatted(link.name(), is))
                .seen("ip -d link show " + link.name(), is + ", mtu " + link.mtu())
                .seen(
                        snapshot.network().map(it -> it.where()).orElse("the configuration"),
                        wanted.kind().words(snapshot.names()) + ", mtu " + wanted.mtu())
                .graded(kind ? Grade.DEGRADED : Grade.BROKEN)
                .remedied(
                        kind
                                ? "ip link set %s mtu %d".formatted(link.name(), wanted.mtu())
                                : "ip link delete %s && %s".formatted(link.name(), snapshot.restart()));
    }

    static Stream<Diagnosis> macs(Snapshot snapshot) {
        Stream<Diagnosis> own = snapshot.flannel().devices().stream().flatMap(device -> published(device));
        return Stream.concat(own, wrong(snapshot).stream());
    }

    /// This node's own MAC address, beside the one that the others know.
    private static Stream<Diagnosis> published(DeviceState state) {
        Optional<Device> wanted = state.wanted().filter(it -> it.mac() != null);
        return state.found().stream()
                .filter(link -> wanted.isPresent() && !wanted.get().mac().equals(link.mac()))
                .map(link -> Diagnosis.of(
                                Check.VTEP_MAC,
                                "%s has another MAC address than this node has published, so it drops what other nodes send"
                                        .formatted(link.name()))
                        .seen("ip link show " + link.name(), link.mac())
                        .seen("this node's lease", wanted.get().mac())
                        .remedied("ip link set dev %s address %s"
                                .formatted(link.name(), wanted.get().mac())));
    }

    private static Optional<Diagnosis> wrong(Snapshot snapshot) {
        List<Entry> wrong = entriesOf(snapshot)
                .filter(entry -> entry.wanted() instanceof Neighbor && !entry.isMissing() && !entry.isPresent())
                .toList();
        if (wrong.isEmpty()) {
            return Optional.empty();
        }
        Neighbor first = (Neighbor) wrong.getFirst().wanted();
        Diagnosis found = Diagnosis.of(
                Check.VTEP_MAC,
                first.forwarding()
                        ? "frames for a peer's MAC address go to the wrong host"
                        : "packets to a peer get the wrong MAC address, so it drops them");
        for (Entry entry : wrong.subList(0, Math.min(MOST_NAMED, wrong.size()))) {
            found = found.seen("the kernel", words(entry.found().get(), snapshot))
                    .seen("the peer's lease", words(entry.wanted(), snapshot));
        }
        return Optional.of(
                found.remedied(commands(wrong.stream().map(Entry::wanted).toList(), snapshot, true)));
    }

    private static Stream<Entry> entriesOf(Snapshot snapshot) {
        return snapshot.comparison().stream()
                .flatMap(it -> Stream.concat(
                        it.base().stream(), it.peers().stream().flatMap(peer -> peer.entries().stream())));
    }

    static Stream<Diagnosis> entries(Snapshot snapshot) {
        boolean devices = snapshot.flannel().devices().stream()
                .allMatch(device -> device.found().isPresent());
        List<Entry> lacking = entriesOf(snapshot)
                .filter(entry -> entry.isMissing() || !entry.isPresent() && !(entry.wanted() instanceof Neighbor))
                .toList();
        if (lacking.isEmpty() || !devices) {
            return Stream.empty(); // what is missing with its device is no news
        }
        List<PeerState> peers = snapshot.comparison().get().peers();
        long whole = peers.stream().filter(PeerState::isProgrammed).count();
        Diagnosis found = Diagnosis.of(
                        Check.ENTRIES,
                        "the kernel lacks entries that lead to other nodes: %d of %d peers are as they should be"
                                .formatted(whole, peers.size()))
                .graded(whole == 0 && !peers.isEmpty() ? Grade.BROKEN : Grade.DEGRADED);
        for (Entry entry : lacking.subList(0, Math.min(MOST_NAMED, lacking.size()))) {
            String obstacle = entry.obstacle().isEmpty() ? "" : ", which it refuses: " + entry.obstacle();
            found = found.seen(
                    entry.isMissing() ? "missing" : "wrong",
                    words(entry.wanted(), snapshot) + snapshot.names().in(obstacle));
        }
        return Stream.of(found.remedied(snapshot.restart()));
    }

    static Stream<Diagnosis> leftovers(Snapshot snapshot) {
        if (snapshot.comparison().isEmpty()) {
            return Stream.empty();
        }
        List<KernelObject> objects = snapshot.comparison().get().superfluous();
        Stream<Diagnosis> ofObjects = objects.isEmpty()
                ? Stream.empty()
                : Stream.of(Diagnosis.of(
                                Check.LEFTOVERS,
                                "the kernel holds entries of this network that no peer needs: packets there go astray")
                        .seen(
                                "the kernel",
                                objects.stream()
                                        .limit(MOST_NAMED)
                                        .map(object -> words(object, snapshot))
                                        .collect(joining("; ")))
                        .seen("leases", "none that leads there")
                        .remedied(commands(objects, snapshot, false)));
        return Stream.concat(devicesLeft(snapshot), ofObjects);
    }

    private static Stream<Diagnosis> devicesLeft(Snapshot snapshot) {
        if (!snapshot.flannel().flannel().others().isEmpty()) {
            return Stream.empty(); // they may be theirs
        }
        Set<String> wanted = new HashSet<>(snapshot.deviceNames());
        snapshot.flannel().devices().forEach(device -> wanted.add(device.name()));
        return snapshot.flannel().links().stream()
                .filter(link -> Names.isDevice(link.name(), link.kind()) && !wanted.contains(link.name()))
                .map(link -> Diagnosis.of(
                                Check.LEFTOVERS,
                                "the device %s is left from another backend or another configuration"
                                        .formatted(link.name()))
                        .seen("ip -d link show " + link.name(), link.kind())
                        .seen(
                                snapshot.network().map(it -> it.where()).orElse("the configuration"),
                                snapshot.network()
                                        .map(it -> it.redactedBackend())
                                        .orElse(""))
                        .remedied("ip link delete " + link.name()));
    }

    static Stream<Diagnosis> foreignRoutes(Snapshot snapshot) {
        List<Cidr> own = snapshot.own().map(Lease::cidrs).orElse(List.of());
        List<Route> routes = ForeignRoutes.among(
                snapshot.comparison().map(Comparison::overriding).orElse(Set.of()), own);
        if (!routes.isEmpty()) {
            Diagnosis found = Diagnosis.of(Check.FOREIGN_ROUTE, ForeignRoutes.words(routes, snapshot.names()))
                    .remedied(commands(List.copyOf(routes), snapshot, false));
            for (Route route : routes.subList(0, Math.min(MOST_NAMED, routes.size()))) {
                found = found.seen("ip route", words(route, snapshot) + ", protocol " + route.protocol());
            }
            return Stream.of(found);
        }
        if (KernelChecks.forwarding(snapshot).findAny().isPresent()) {
            return Stream.empty(); // it is why the kernel does not forward
        }
        return snapshot.surroundings().podDetour().stream()
                .map(detour -> Diagnosis.of(Check.FOREIGN_ROUTE, detour.words())
                        .seen("the kernel's answer to `ip route get … from … iif …`", detour.words())
                        .remedied(detour.remedy().isEmpty() ? withoutRule("", snapshot) : detour.remedy()));
    }

    /// A command that deletes the rule that sends packets elsewhere, or nowhere.
    private static String withoutRule(String why, Snapshot snapshot) {
        Optional<Family> mainless =
                snapshot.surroundings().withoutMain().stream().findFirst();
        if (mainless.isPresent()) {
            return "ip%s rule add lookup main priority 32766".formatted(mainless.get() == Family.IPV6 ? " -6" : "");
        }
        return table(why)
                .map(table -> "ip rule show; ip rule delete table " + table)
                .orElseGet(() -> snapshot.surroundings().refusing().stream()
                        .map(rule -> "ip%s rule delete priority %d    # %s"
                                .formatted(
                                        rule.destination().family() == Family.IPV6 ? " -6" : "", rule.priority(), rule))
                        .findFirst()
                        .orElse("ip rule show    # then delete the rule"));
    }

    private static Optional<String> table(String words) {
        Matcher matcher = TABLE.matcher(words);
        return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    static Stream<Diagnosis> tunnelRoutes(Snapshot snapshot) {
        return snapshot.surroundings().tunnelDetours().stream()
                .limit(1)
                .map(detour -> Diagnosis.of(
                                Check.TUNNEL_ROUTE,
                                "packets between the nodes do not go the usual way: " + detour.what())
                        .seen(detour.question(), detour.what())
                        .graded(detour.lost() ? Grade.BROKEN : Grade.DEGRADED)
                        .remedied(detour.remedy().isEmpty() ? withoutRule(detour.what(), snapshot) : detour.remedy()));
    }

    private static String words(KernelObject object, Snapshot snapshot) {
        return snapshot.names().in(object.toString());
    }

    /// @param put true to make them so, false to delete them
    private static String commands(List<? extends KernelObject> objects, Snapshot snapshot, boolean put) {
        List<String> commands = new ArrayList<>();
        for (KernelObject object : objects.subList(0, Math.min(MOST_COMMANDS, objects.size()))) {
            commands.add(command(object, snapshot, put));
        }
        return String.join("; ", commands)
                + (objects.size() > MOST_COMMANDS
                        ? "    # and %d more, which %s mends"
                                .formatted(objects.size() - MOST_COMMANDS, snapshot.restart())
                        : "");
    }

    private static String command(XfrmPolicy policy, boolean put) {
        return "ip xfrm policy %s src %s dst %s dir %s%s"
                .formatted(
                        put ? "update" : "delete",
                        policy.source(),
                        policy.destination(),
                        policy.direction().name().toLowerCase(Locale.ROOT),
                        put
                                ? " tmpl src %s dst %s proto esp reqid %d mode tunnel"
                                        .formatted(policy.from(), policy.to(), policy.reqid())
                                : "");
    }

    private static String command(KernelObject object, Snapshot snapshot, boolean put) {
        String verb = put ? "replace" : "delete";
        return snapshot.names()
                .in(
                        switch (object) {
                            case Neighbor it
                            when it.forwarding() ->
                                "bridge fdb %s %s dev %d dst %s self%s"
                                        .formatted(verb, it.mac(), it.ifIndex(), it.ip(), put ? " permanent" : "");
                            case Neighbor it ->
                                "ip neigh %s %s%s dev %d%s"
                                        .formatted(
                                                verb,
                                                it.ip(),
                                                put ? " lladdr " + it.mac() : "",
                                                it.ifIndex(),
                                                put ? " nud permanent" : "");
                            case Route it ->
                                "ip route delete %s%s%s"
                                        .formatted(
                                                it.destination(),
                                                it.ifIndex() == 0 ? "" : " dev " + it.ifIndex(),
                                                it.table() == FibRoute.MAIN ? "" : " table " + it.table());
                            case Address it ->
                                "ip address delete %s/%d dev %d".formatted(it.ip(), it.length(), it.ifIndex());
                            case RoutingRule it -> "ip rule delete " + it;
                            case XfrmPolicy it -> command(it, put);
                            default -> snapshot.restart();
                        });
    }
}

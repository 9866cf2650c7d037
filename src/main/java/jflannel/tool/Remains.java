package jflannel.tool;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import jflannel.cloud.CloudMemory;
import jflannel.docker.Docker;
import jflannel.extension.Undoing;
import jflannel.firewall.InstalledRules;
import jflannel.ip.Ip;
import jflannel.ipsec.Charon;
import jflannel.kernel.Address;
import jflannel.kernel.FibRoute;
import jflannel.kernel.Filter;
import jflannel.kernel.InterfaceAddress;
import jflannel.kernel.Kernel;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Link;
import jflannel.kernel.Outcome;
import jflannel.kernel.Ownership;
import jflannel.kernel.Plan;
import jflannel.kernel.Route;
import jflannel.kernel.RoutingRule;
import jflannel.kernel.Xfrm;
import jflannel.kernel.XfrmPolicy;
import jflannel.names.DaemonFiles;
import jflannel.names.Names;
import jflannel.policy.PolicyKeeper;

/// What flanneld made on this host, recognised as flanneld itself recognises it:
///
/// | what | mark |
/// |---|---|
/// | firewall rules | flannel's chains, tables and comments |
/// | routes and routing rules | protocol 102 |
/// | filters | the name of a TUN device of flannel's |
/// | devices | name and kind: `flannel.<VNI>` and `flannel-v6.<VNI>` of kind vxlan, `flannel0` of kind tun,
/// `flannelg` of kind veth, `flannelv` of kind vxlan, `flannelx` of kind dummy,
/// `flannel.ipip` and `flannel-v6.ipip` of kinds ipip, sit and ip6tnl |
/// | IPsec policies | their number, and the address of this host's subnet on `flannelx` |
/// | what commands added | the daemon's file of it |
/// | charon | its configuration beside subnet.env |
/// | networks beside the default one | their name at the end of those of chains, tables, TUN devices and files |
/// | Docker networks | the label of those that flannel made |
/// | files | subnet.env, what stands beside it, and what is remembered over a reboot |
///
/// They are removed in this order: routes before devices, because the kernel removes a device's routes with it.
record Remains(Kernel kernel, Path subnetFile) {
    private static final Path STATE = Path.of(DaemonFiles.STATE).getParent();
    private static final Path NOTES = Path.of("/var/lib/cni/flannel");
    private static final String BRIDGE = "cni0";

    /// @param cni true to find the pods' bridge and the CNI plugin's notes too
    List<Remnant> find(boolean cni) throws IOException {
        List<Remnant> found = new ArrayList<>();
        List<String> firewalls = InstalledRules.find();
        if (!firewalls.isEmpty()) {
            found.add(new Remnant("firewall rules in " + String.join(", ", firewalls), InstalledRules::removeAll));
        }
        found.addAll(dockerNetworks());
        policies().ifPresent(found::add);
        List<Link> links = kernel.links();
        found.addAll(commands(subnetFile.getParent()));
        found.addAll(commands(STATE));
        found.addAll(cloudRoutes(subnetFile.getParent()));
        found.addAll(cloudRoutes(STATE));
        rules().ifPresent(found::add);
        routes(links).ifPresent(found::add);
        found.addAll(filters(links));
        policies(links).ifPresent(found::add);
        found.addAll(charons(subnetFile.getParent()));
        for (Link link : links) {
            if (isOurs(link)) {
                found.add(new Remnant("device " + link.name(), () -> kernel.delete(link)));
            }
        }
        Path folder = subnetFile.getParent();
        Predicate<String> besides = DaemonFiles.ofDaemons(namesIn(folder), subnetFile);
        Predicate<String> state =
                name -> DaemonFiles.isState(name) && !DaemonFiles.isCommands(name) && !DaemonFiles.isCloudRoutes(name);
        found.addAll(files(folder, besides.or(state)));
        found.addAll(podNotes(folder));
        found.addAll(files(STATE, state));
        if (cni) {
            found.addAll(pluginsOwn(links));
        }
        return found;
    }

    private Optional<Remnant> policies() throws IOException {
        Set<Names> networks = PolicyKeeper.installed();
        return networks.isEmpty()
                ? Optional.empty()
                : Optional.of(new Remnant(
                        "nftables tables "
                                + networks.stream().map(Names::policyTable).collect(joining(", ")),
                        () -> {
                            for (Names names : networks) {
                                PolicyKeeper.remove(names);
                            }
                        }));
    }

    private static List<Remnant> dockerNetworks() {
        try {
            Docker docker = new Docker();
            return docker.own().entrySet().stream()
                    .map(network -> new Remnant(
                            "the Docker network " + network.getKey(),
                            network.getValue().isEmpty()
                                    ? ""
                                    : "it has containers: " + String.join(", ", network.getValue()),
                            () -> docker.remove(network.getKey())))
                    .toList();
        } catch (IOException e) {
            return List.of(); // there is no Docker, or it does not run: then this program could not make any here
        }
    }

    /// Where it is noted which pod has which address.
    private static List<Remnant> podNotes(Path folder) throws IOException {
        List<Remnant> found = new ArrayList<>();
        for (String name : namesIn(folder)) {
            if (DaemonFiles.isOfPods(name) && Files.isDirectory(folder.resolve(name))) {
                Path notes = folder.resolve(name);
                found.add(new Remnant(notes.toString(), () -> PolicyKeeper.forget(notes)));
            }
        }
        return found;
    }

    private static List<String> namesIn(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    /// Devices that bear flannel's name and are not known to be flannel's, in words.
    List<String> strangers() throws IOException {
        return kernel.links().stream()
                .filter(link -> link.name().startsWith("flannel") && !isOurs(link))
                .map(link -> "device " + link.name() + ", which is of kind \"" + link.kind() + "\"")
                .toList();
    }

    private static boolean isOurs(Link link) {
        return Names.isDevice(link.name(), link.kind());
    }

    private Optional<Remnant> rules() throws IOException {
        List<RoutingRule> rules = kernel.rules().stream().filter(Remains::isOwn).toList();
        String words = rules.stream().map(RoutingRule::toString).collect(joining(", "));
        return rules.isEmpty()
                ? Optional.empty()
                : Optional.of(new Remnant("routing rules: " + words, () -> remove(Set.of(), Remains::isOwn)));
    }

    /// IPsec policies of the subnets that this host has an address of, on a device of flannel's.
    private Optional<Remnant> policies(List<Link> links) throws IOException {
        Set<Integer> devices = links.stream()
                .filter(link -> link.kind().equals("dummy") && isOurs(link))
                .map(Link::index)
                .collect(toSet());
        Set<Ip> own = kernel.addresses().stream()
                .map(InterfaceAddress::address)
                .filter(address -> devices.contains(address.ifIndex()))
                .map(Address::ip)
                .collect(toSet());
        Predicate<XfrmPolicy> ours = policy -> policy.reqid() == XfrmPolicy.OURS
                && (own.contains(policy.source().address())
                        || own.contains(policy.destination().address()));
        long count = own.isEmpty() ? 0 : Xfrm.policies().stream().filter(ours).count();
        return count == 0
                ? Optional.empty()
                : Optional.of(
                        new Remnant(count + " IPsec policies", () -> converge(Ownership.NONE.withPolicies(ours))));
    }

    /// What commands of the backend `extension` have added; their file goes when they have removed it.
    private static List<Remnant> commands(Path folder) throws IOException {
        return namesIn(folder).stream()
                .filter(DaemonFiles::isCommands)
                .map(name -> new Undoing(folder.resolve(name)))
                .map(undoing -> new Remnant(
                        "what the extension's commands added for %d nodes".formatted(undoing.count()),
                        () -> undoing.run(System.getenv())))
                .toList();
    }

    /// What was put into clouds' tables; the file goes when it is deleted there.
    private static List<Remnant> cloudRoutes(Path folder) throws IOException {
        return namesIn(folder).stream()
                .filter(DaemonFiles::isCloudRoutes)
                .map(name -> new CloudMemory(folder.resolve(name)))
                .map(memory -> new Remnant("this host's route in the cloud's table: " + memory.words(), memory::undo))
                .toList();
    }

    /// Each charon that a daemon has started, with its files.
    private static List<Remnant> charons(Path folder) throws IOException {
        return namesIn(folder).stream()
                .filter(DaemonFiles::isCharon)
                .map(name -> new Charon(DaemonFiles.charonOf(folder.resolve(name))))
                .map(charon -> new Remnant("charon, with IPsec's keys", charon::stop))
                .toList();
    }

    private static boolean isOwn(KernelObject object) {
        return switch (object) {
            case RoutingRule rule -> rule.protocol() == Route.OURS;
            case Route route -> route.protocol() == Route.OURS;
            default -> false;
        };
    }

    /// All of them at once, for there may be thousands.
    private Optional<Remnant> routes(List<Link> links) throws IOException {
        Map<Integer, String> names = links.stream().collect(toMap(Link::index, Link::name));
        List<Route> routes = kernel.fib(route -> route.protocol() == Route.OURS).stream()
                .map(Route::of)
                .filter(Objects::nonNull)
                .toList();
        Set<Integer> tables = routes.stream().map(Route::table).collect(toSet());
        String words = routes.stream().map(route -> words(route, names)).collect(joining(", "));
        return routes.isEmpty()
                ? Optional.empty()
                : Optional.of(new Remnant(
                        "routes to " + words,
                        () -> remove(tables, object -> object instanceof Route && isOwn(object))));
    }

    /// Those at devices of ours go with these.
    private List<Remnant> filters(List<Link> links) throws IOException {
        Map<Integer, String> names = links.stream().collect(toMap(Link::index, Link::name));
        List<Remnant> found = new ArrayList<>();
        for (KernelObject object : kernel.filters()) {
            if (object instanceof Filter filter && Names.isDevice(filter.name(), "tun")) {
                String words = "filter %s at the %s of %s"
                        .formatted(filter.name(), filter.hook(), names.getOrDefault(filter.ifIndex(), "a device"));
                found.add(new Remnant(words, () -> kernel.apply(Plan.of(new Plan.Change(Plan.Verb.DELETE, filter)))));
            }
        }
        return found;
    }

    private static String words(Route route, Map<Integer, String> names) {
        return route.destination()
                + (route.type() == Route.BLACKHOLE ? " (blackhole)" : "")
                + (route.gateway() == null ? "" : " via " + route.gateway())
                + (route.table() == FibRoute.MAIN ? "" : " in table " + Integer.toUnsignedString(route.table()))
                + (route.ifIndex() == 0 ? "" : " dev " + names.getOrDefault(route.ifIndex(), "" + route.ifIndex()));
    }

    private void remove(Set<Integer> tables, Predicate<KernelObject> ours) throws IOException {
        converge(new Ownership(Set.of(), tables, "", Set.of(), false, ours));
    }

    private void converge(Ownership ours) throws IOException {
        Outcome outcome = kernel.converge(ours, List.of());
        if (!outcome.refused().isEmpty()) {
            throw outcome.refused().getFirst();
        }
    }

    /// The files of a folder; with the last of them the folder goes too, if it bears flannel's name.
    private static List<Remnant> files(Path folder, Predicate<String> ours) throws IOException {
        List<Remnant> found = new ArrayList<>();
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(
                    folder,
                    file -> Files.isRegularFile(file)
                            && ours.test(file.getFileName().toString()))) {
                files.forEach(file -> found.add(new Remnant(file.toString(), () -> delete(file))));
            }
        }
        return found;
    }

    private static void delete(Path file) throws IOException {
        Files.deleteIfExists(file);
        if (file.getParent().endsWith("flannel")) {
            try {
                Files.deleteIfExists(file.getParent());
            } catch (DirectoryNotEmptyException e) {
                // others have files there, or it is not the last one's turn yet
            }
        }
    }

    /// The pods' bridge, and what the CNI plugin noted to detach pods by; both are needed as long as there are pods.
    private List<Remnant> pluginsOwn(List<Link> links) throws IOException {
        List<Link> bridges = links.stream()
                .filter(link -> link.name().equals(BRIDGE) && link.kind().equals("bridge"))
                .toList();
        String pods = links.stream()
                .filter(link -> bridges.stream().anyMatch(bridge -> bridge.index() == link.master()))
                .map(Link::name)
                .collect(joining(", "));
        String obstacle = pods.isEmpty() ? "" : "pods are attached to the bridge by " + pods;
        Stream<Remnant> bridge =
                bridges.stream().map(link -> new Remnant("bridge " + link.name(), obstacle, () -> kernel.delete(link)));
        Stream<Remnant> notes =
                files(NOTES, file -> true).stream().map(file -> new Remnant(file.words(), obstacle, file.removal()));
        return Stream.concat(bridge, notes).toList();
    }
}

package jflannel.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import jflannel.ip.Family;
import jflannel.lab.bench.BenchCommand;
import jflannel.lab.faults.FaultsCommand;
import jflannel.lab.scale.ScaleCommand;
import jflannel.lab.scale.TrainCommand;
import jflannel.lease.ConfigException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `flannel lab`: starts a small cluster on this machine, lets its pods ping each other and shows their packets'
/// path.
@Command(
        name = "lab",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        subcommands = {
            BenchCommand.class,
            FaultsCommand.class,
            ScaleCommand.class,
            TrainCommand.class,
            TourCommand.class
        },
        description = {
            "Starts a small cluster in network namespaces of this machine and shows how pods reach each other.",
            "Nothing is configured on the machine itself, and no packet leaves it.",
            "Needs no root, but udp needs access to /dev/net/tun.",
            "Exits with 0 only if all pods of all nodes reach each other."
        })
public final class LabCommand implements Callable<Integer> {
    @Mixin
    private BackendFlag backend;

    @Option(names = "--nodes", defaultValue = "2", paramLabel = "N", description = "Number of nodes. Default: 2")
    private int nodes;

    @Option(names = "--ipv6", description = "Use only IPv6, for pods and nodes")
    private boolean ipv6;

    @Mixin
    private NetworkFlags network;

    @Option(names = "--keep", description = "Leave the lab running, for `lab enter` and finally `lab down`")
    private boolean keep;

    @Option(
            names = "--flanneld",
            paramLabel = "NODE=PATH",
            description = "Run another flanneld on one node, such as Go flannel. May be repeated")
    private Map<Integer, Path> flanneld = new LinkedHashMap<>();

    /// The lab's nodes look at the cloud's table every five seconds.
    private static final int MENDED_SECONDS = 20;

    private final LabReport report = new LabReport(
            System.out, System.console() != null && System.console().isTerminal() && System.getenv("NO_COLOR") == null);

    @Override
    public Integer call() throws IOException {
        List<Scenario> scenarios = scenarios();
        if (ipv6 && network.isDual()) {
            throw new ConfigException("--ipv6", "with --dual", "Give one of them.");
        }
        if (scenarios.size() > 1 && keep) {
            throw new ConfigException("--keep", "with --backend all", "Name the one backend whose lab to keep.");
        }
        if (keep) {
            KeptLab.refuseSecond();
        }
        return (scenarios.size() > 1 ? runAll(scenarios) : run(scenarios.getFirst())) ? 0 : 1;
    }

    private List<Scenario> scenarios() {
        List<Scenario> chosen = backend.among(EnumSet.allOf(Scenario.class));
        List<Scenario> possible =
                chosen.stream().filter(scenario -> scenario.carries(families())).toList();
        if (possible.isEmpty()) {
            throw new ConfigException(
                    ipv6 ? "--ipv6" : "--dual",
                    "with " + chosen.getFirst().title(),
                    chosen.getFirst().carries(EnumSet.allOf(Family.class)) ? "Give --dual." : "It is for IPv4 only.");
        }
        return possible;
    }

    private boolean runAll(List<Scenario> scenarios) throws IOException {
        TextTable summary = new TextTable("backend", "result");
        boolean good = true;
        for (Scenario scenario : scenarios) {
            Optional<String> obstacle = Prerequisites.obstacle(scenario);
            boolean works = obstacle.isPresent() || attempt(scenario);
            good &= works;
            summary.row(
                    scenario.title(),
                    obstacle.map("left out. "::concat).orElse(works ? "all pods reach each other" : "FAILED"));
        }
        report.title("Summary");
        System.out.println(summary);
        return good;
    }

    private boolean attempt(Scenario scenario) {
        try {
            return run(scenario);
        } catch (IOException | ConfigException e) {
            report.line(report.bad(e.getMessage()));
            return false;
        }
    }

    private boolean run(Scenario scenario) throws IOException {
        LabSetup setup = LabSetup.of(scenario)
                .withNodes(nodes)
                .withFamilies(families())
                .withNftables(network.nftables())
                .withKeep(keep);
        for (Map.Entry<Integer, Path> other : flanneld.entrySet()) {
            setup = setup.withFlanneld(other.getKey(), other.getValue());
        }
        report.title("Lab: %s, %d nodes".formatted(scenario.title(), nodes));
        if (scenario.cloud().isPresent()) {
            report.line("A cloud is stood in for on the lab's router, which routes as the cloud's table says.");
        } else if (scenario.routedByCloud()) {
            report.line("This backend hands out subnets only. The lab's router gets a route to each of them, "
                    + "as a cloud's route table would.");
        }
        try (Lab lab = Lab.with(setup, report::step)) {
            long start = System.nanoTime();
            ConnectivityCheck check = ConnectivityCheck.on(lab);
            report.step("every pod pinged every other", Lab.since(start));
            report.show(lab, check);
            boolean mended = check.works()
                    && (lab.cloud().isEmpty() || mendsRoute(lab, lab.cloud().get()));
            if (keep) {
                keep(lab);
            }
            return mended;
        }
    }

    /// Deletes a node's route from the cloud's table: its pods are cut off until the node has put it back.
    private boolean mendsRoute(Lab lab, LabCloud cloud) throws IOException {
        if (lab.nodes().size() < 2) {
            return true;
        }
        Family family = lab.setup().families().iterator().next();
        report.title("The route of node-2 is deleted from the cloud's table");
        cloud.deleteRoutesOf(lab.node(2));
        long start = System.nanoTime();
        boolean cut = lab.reach(1, 2, family, 1) < 0;
        report.line(cut ? "container-1 no longer reaches container-2" : "container-1 still reaches container-2");
        boolean back = lab.reach(1, 2, family, MENDED_SECONDS) >= 0;
        report.step(back ? report.good("node-2 has put it back") : report.bad("nobody puts it back"), Lab.since(start));
        return back;
    }

    private void keep(Lab lab) throws IOException {
        KeptLab kept = KeptLab.of(lab);
        report.title("The lab keeps running");
        report.line("Hosts: " + String.join(", ", kept.holders().keySet()));
        report.line("Files: " + kept.folder());
        report.line("flannel lab enter container-1 ping 100.96.2.3");
        report.line("flannel lab down");
    }

    private Set<Family> families() {
        return ipv6 ? EnumSet.of(Family.IPV6) : network.families();
    }

    /// Runs a command on a host of the running lab. The launcher script enters the namespaces, with the help of
    /// [#locate].
    @Command(
            name = "enter",
            description =
                    "Runs a command (or a shell) on a host of the running lab: node-1, container-1, store, router")
    int enter(
            @Parameters(paramLabel = "HOST", description = "node-1, container-1, …, store, router") String host,
            @Parameters(paramLabel = "COMMAND", arity = "0..*", description = "Default: a shell") List<String> command)
            throws IOException {
        throw new ConfigException("lab enter", host, "Use the `flannel` command, which enters the namespaces.");
    }

    /// Prints the arguments with which nsenter(1) enters a host.
    @Command(name = "locate", hidden = true)
    int locate(@Parameters(paramLabel = "HOST") String host) throws IOException {
        long pid = KeptLab.read().holder(host).pid();
        boolean foreignUser = !Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/user"))
                .equals(Files.readSymbolicLink(Path.of("/proc/self/ns/user")));
        System.out.println("-t " + pid + " -n -m" + (foreignUser ? " -U --preserve-credentials" : ""));
        return 0;
    }

    /// Ends the running lab.
    @Command(name = "down", description = "Ends the running lab")
    int down() throws IOException {
        int ended = KeptLab.read().down();
        System.out.println("The lab is gone: " + ended + " processes ended.");
        return 0;
    }
}

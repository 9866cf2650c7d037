package jflannel.tool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import jflannel.foreign.Packet;
import jflannel.inspect.LocalFlannel;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.lease.ConfigException;
import jflannel.live.LiveTrace;
import jflannel.policy.Connection;
import jflannel.policy.Judge;
import jflannel.trace.Cluster;
import jflannel.trace.KernelView;
import jflannel.trace.Question;
import jflannel.trace.Trace;
import jflannel.trace.TraceJson;
import jflannel.trace.TraceSvg;
import jflannel.trace.Verdict;
import jflannel.trace.Walker;
import jflannel.work.Printable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `flannel trace`: where a packet goes from here, and where it is lost.
@Command(
        name = "trace",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Follows a packet hop by hop, as the kernel would carry it now, and names the first hop that it does not"
                    + " pass. Changes nothing, and sends nothing without --live.",
            "Ends with 0 if the packet arrives, with 1 if it does not, and with 2 if that cannot be said."
        })
final class TraceCommand implements Callable<Integer> {
    @Parameters(
            arity = "1..2",
            paramLabel = "[SRC] DST",
            description = {
                "Sender and destination. SRC is a pod of this node, this node itself, which is also the default, or a pod of another node.",
                "DST may be a pod, a node, a Service, or any address outside."
            })
    private List<String> addresses = List.of();

    @Option(
            names = "--proto",
            paramLabel = "NAME",
            defaultValue = "icmp",
            description = "tcp, udp or icmp. Default: ${DEFAULT-VALUE}")
    private String protocol;

    @Option(names = "--port", paramLabel = "N", description = "Destination port. Default: 80")
    private Integer port;

    @Mixin
    private NodeFlags node;

    @Mixin
    private OutputFlags output;

    @Option(
            names = "--live",
            description = {
                "Send a packet, too, and see on which devices of this node it and its answer really pass.",
                "With --trace-key of flanneld, on those of the destination's node, too."
            })
    private boolean live;

    @Option(names = "--svg", paramLabel = "FILE", description = "Draw the way as a picture, too")
    private Path svg;

    @Override
    public Integer call() throws IOException {
        Question question = question();
        LocalFlannel flannel = node.find();
        return output.repeat(screen -> show(question, flannel, screen));
    }

    private int show(Question question, LocalFlannel flannel, Screen screen) throws IOException {
        try (KernelView view = new KernelView(connection -> policies(flannel, connection))) {
            view.prepare(question.destination());
            Trace trace = trace(question, flannel, view);
            if (svg != null) {
                Files.writeString(svg, TraceSvg.of(trace));
            }
            output.print(() -> TraceText.of(trace, screen), () -> TraceJson.of(trace));
            return exitCode(trace);
        }
    }

    /// Which policies speak of a connection that this node refuses.
    private static List<String> policies(LocalFlannel flannel, Connection connection) {
        try {
            return new Judge(StoredPolicies.of(flannel))
                    .findings(connection).stream()
                            .flatMap(finding -> finding.words().lines())
                            .map(Printable::line)
                            .toList();
        } catch (IOException | ConfigException e) {
            return List.of("which ones is not known: " + Printable.line(String.valueOf(e.getMessage())));
        }
    }

    /// A packet whose way is as it should be by what the running daemon knows needs no look at all leases.
    private Trace trace(Question question, LocalFlannel flannel, KernelView view) throws IOException {
        Optional<Cluster> near = node.glimpse(flannel, ends(question)).map(Clusters::of);
        if (near.isPresent()) {
            Trace way = Walker.walk(question, view, near.get());
            boolean known =
                    way.verdict() == Verdict.OK && way.end().destination().equals(question.destination());
            if (known) {
                return followed(way, flannel, view, near.get());
            }
        }
        Cluster cluster = Clusters.of(node.look(flannel));
        return followed(Walker.walk(question, view, cluster), flannel, view, cluster);
    }

    private static List<Ip> ends(Question question) {
        return Stream.of(question.source(), question.destination())
                .filter(Objects::nonNull)
                .toList();
    }

    private Trace followed(Trace predicted, LocalFlannel flannel, KernelView view, Cluster cluster) throws IOException {
        return live ? LiveTrace.of(predicted, view, cluster, Witnesses.of(flannel.options())) : predicted;
    }

    private Question question() {
        List<Ip> ips = addresses.stream().map(TraceCommand::address).toList();
        Ip destination = ips.getLast();
        Ip source = ips.size() == 2 ? ips.getFirst() : null;
        if (source != null && source.family() != destination.family()) {
            throw new ConfigException("SRC", source, "Give two addresses of one family.");
        }
        boolean v4 = destination.family() == Family.IPV4;
        return switch (protocol) {
            case "icmp" -> icmp(source, destination, v4);
            case "tcp" -> new Question(source, destination, Packet.TCP, port());
            case "udp" -> new Question(source, destination, Packet.UDP, port());
            default -> throw new ConfigException("--proto", protocol, "Give tcp, udp or icmp.");
        };
    }

    private Question icmp(Ip source, Ip destination, boolean v4) {
        if (port != null) {
            throw new ConfigException("--port", port, "ICMP has no ports: add --proto tcp or --proto udp.");
        }
        return new Question(source, destination, v4 ? Packet.ICMP : Packet.ICMPV6, 0);
    }

    private int port() {
        int number = port == null ? 80 : port;
        if (number < 1 || number > 65_535) {
            throw new ConfigException("--port", number, "Give a number from 1 to 65535.");
        }
        return number;
    }

    private static Ip address(String word) {
        try {
            return Ip.parse(word);
        } catch (IllegalArgumentException e) {
            throw new ConfigException("the address", word, "Give one such as 10.244.1.7.");
        }
    }

    private static int exitCode(Trace trace) {
        return switch (trace.verdict()) {
            case OK -> 0;
            case BROKEN -> 1;
            case UNKNOWN -> 2;
        };
    }
}

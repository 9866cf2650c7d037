package jflannel.lab;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import jflannel.capture.CapturedPacket;
import jflannel.capture.PacketCapture;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.linux.Command;

/// The lab's main question: do pods of different nodes reach each other, and along which path?
///
/// @param traces the path from container-1 to container-2, for each family; none in a lab of one node
/// @param pairs every ordered pair of pods, for each family
record ConnectivityCheck(List<PathTrace> traces, List<Pair> pairs) {
    private static final int PATIENCE_SECONDS = 15;

    /// @param millis round-trip time, -1 if there was no answer
    record Pair(int from, int to, Family family, double millis) {
        boolean works() {
            return millis >= 0;
        }
    }

    static ConnectivityCheck on(Lab lab) throws IOException {
        List<Pair> pairs = new ArrayList<>();
        List<PathTrace> traces = new ArrayList<>();
        for (Family family : lab.setup().families()) {
            pairs.addAll(pairs(lab, family));
            if (lab.nodes().size() > 1) {
                traces.add(trace(lab, family));
            }
        }
        return new ConnectivityCheck(traces, pairs);
    }

    boolean works() {
        return pairs.stream().allMatch(Pair::works)
                && traces.stream().allMatch(trace -> trace.loss().isEmpty());
    }

    private static List<Pair> pairs(Lab lab, Family family) throws IOException {
        int nodes = lab.nodes().size();
        try (var threads = Executors.newFixedThreadPool(Math.min(nodes, 4))) {
            List<CompletableFuture<List<Pair>>> rows = IntStream.rangeClosed(1, nodes)
                    .mapToObj(from -> CompletableFuture.supplyAsync(() -> row(lab, from, family), threads))
                    .toList();
            return rows.stream().flatMap(row -> row.join().stream()).toList();
        } catch (CompletionException e) {
            throw new IOException(e.getCause().getMessage(), e.getCause());
        }
    }

    private static List<Pair> row(Lab lab, int from, Family family) {
        List<Pair> row = new ArrayList<>();
        boolean lost = false;
        for (LabNode to : lab.nodes()) {
            if (to.number() != from) {
                try {
                    // all peers become known at nearly the same time, so wait only once
                    double millis = lab.reach(from, to.number(), family, lost ? 2 : PATIENCE_SECONDS);
                    lost |= millis < 0;
                    if (!lost) {
                        // the first packet also waited for neighbor resolution along its path
                        millis = lab.reach(from, to.number(), family, PATIENCE_SECONDS);
                    }
                    row.add(new Pair(from, to.number(), family, millis));
                } catch (IOException e) {
                    throw new CompletionException(e);
                }
            }
        }
        return row;
    }

    static PathTrace trace(Lab lab, Family family) throws IOException {
        LabNode from = lab.node(1);
        LabNode to = lab.node(2);
        List<PathTrace.Hop> way = PathTrace.way(lab.setup().scenario(), from, to, family);
        Ip source = from.podAddress(family);
        Ip destination = to.podAddress(family);
        List<PacketCapture> captures = new ArrayList<>();
        try {
            for (PathTrace.Hop hop : way) {
                captures.add(capture(lab, hop));
            }
            lab.reach(1, 2, family, 1);
            List<PathTrace.Observation> observations = new ArrayList<>();
            for (int i = 0; i < way.size(); i++) {
                List<CapturedPacket> seen =
                        captures.get(i) == null ? List.of() : captures.get(i).drain();
                observations.add(PathTrace.observation(way.get(i), seen, source, destination));
            }
            return new PathTrace(source, destination, observations);
        } finally {
            captures.stream().filter(Objects::nonNull).forEach(PacketCapture::close);
        }
    }

    /// @return null if there is no such device, for example because a tunnel was not created
    private static PacketCapture capture(Lab lab, PathTrace.Hop hop) throws IOException {
        try {
            return lab.host(hop.host()).capture(hop.device());
        } catch (Command.Failed e) {
            return null;
        }
    }
}

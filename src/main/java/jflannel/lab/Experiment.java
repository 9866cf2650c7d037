package jflannel.lab;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.linux.Command;

/// The question that the lab is there to answer: do the pods of different nodes reach each other, and by which way?
///
/// @param walks the way from container-1 to container-2, for each family; none in a lab of one node
/// @param pairs every ordered pair of pods, for each family
record Experiment(List<Walk> walks, List<Pair> pairs) {
    private static final int PATIENCE_SECONDS = 15;

    /// @param millis round-trip time, -1 if there was no answer
    record Pair(int from, int to, Family family, double millis) {
        boolean works() {
            return millis >= 0;
        }
    }

    static Experiment on(Lab lab) throws IOException {
        List<Pair> pairs = new ArrayList<>();
        List<Walk> walks = new ArrayList<>();
        for (Family family : lab.setup().families()) {
            pairs.addAll(pairs(lab, family));
            if (lab.nodes().size() > 1) {
                walks.add(walk(lab, family));
            }
        }
        return new Experiment(walks, pairs);
    }

    boolean works() {
        return pairs.stream().allMatch(Pair::works)
                && walks.stream().allMatch(walk -> walk.loss().isEmpty());
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
                    // peers become known within a moment of each other; who waited in vain once need not wait again
                    double millis = lab.reach(from, to.number(), family, lost ? 2 : PATIENCE_SECONDS);
                    lost |= millis < 0;
                    if (!lost) {
                        // the first packet also waited for the neighbours on its way to be resolved
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

    static Walk walk(Lab lab, Family family) throws IOException {
        LabNode from = lab.node(1);
        LabNode to = lab.node(2);
        List<Walk.Hop> way = Walk.way(lab.setup().scenario(), from, to, family);
        Ip source = from.podAddress(family);
        Ip destination = to.podAddress(family);
        List<Capture> captures = new ArrayList<>();
        try {
            for (Walk.Hop hop : way) {
                captures.add(capture(lab, hop));
            }
            lab.reach(1, 2, family, 1);
            List<Walk.Sight> sights = new ArrayList<>();
            for (int i = 0; i < way.size(); i++) {
                List<Packet> seen =
                        captures.get(i) == null ? List.of() : captures.get(i).drain();
                sights.add(Walk.sight(way.get(i), seen, source, destination));
            }
            return new Walk(source, destination, sights);
        } finally {
            captures.stream().filter(Objects::nonNull).forEach(Capture::close);
        }
    }

    /// @return null if there is no such device, as when a tunnel was not made: then nothing passes it
    private static Capture capture(Lab lab, Walk.Hop hop) throws IOException {
        try {
            return Capture.on(lab.host(hop.host()), hop.device());
        } catch (Command.Failed e) {
            return null;
        }
    }
}

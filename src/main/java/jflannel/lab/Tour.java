package jflannel.lab;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import jflannel.capture.CapturedPacket;
import jflannel.capture.PacketCapture;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.tool.TraceText;
import jflannel.trace.Hop;
import jflannel.trace.Question;
import jflannel.trace.Step;
import jflannel.trace.Trace;
import jflannel.trace.Verdict;

/// A packet's story in six steps, each of which is done, shown and explained on a live lab.
final class Tour {
    private static final int PATIENCE_SECONDS = 15;
    private static final String BREAK = """
            bridge fdb show dev flannel.1 | sed -n 's/\\(\\S*\\) dst %1$s .*/\\1/p' >/run/tour-mac
            bridge fdb del $(cat /run/tour-mac) dev flannel.1
            """;

    private final Lab lab;
    private final LabReport report;
    private final Runnable pause;
    private final Ip container1;
    private final Ip container2;

    /// Does a step.
    private interface Action {
        /// @return true if all came out as the text says
        boolean run() throws IOException;
    }

    /// @param pause between the steps
    Tour(Lab lab, LabReport report, Runnable pause) {
        this.lab = lab;
        this.report = report;
        this.pause = pause;
        this.container1 = lab.node(1).podAddress(Family.IPV4);
        this.container2 = lab.node(2).podAddress(Family.IPV4);
    }

    /// @return true if every step came out
    boolean run() throws IOException {
        boolean good = step("1. What a joining node publishes", """
                Each node wrote one record into the store: its subnet, its address and the MAC address of its vxlan device. \
                From that record every other node made three entries: a route, a neighbor and a forwarding entry.""", this::joining);
        pause.run();
        good &= step(
                "2. From container-1 to the tunnel",
                """
                The packet leaves container-1 by its veth and reaches the bridge cni0, where node-1 looks up the route to \
                container-2's subnet. The route names the vxlan device flannel.1, and the two other entries name the host.""",
                () -> show(lab.node(1).trace(Question.echo(container1, container2)), Verdict.OK));
        pause.run();
        good &= step("3. On the wire", """
                A real ping crossed the link between the nodes as the content of UDP datagrams between their addresses. \
                Only the kernels touched it: flanneld made the entries beforehand, and carries no packets.""", this::wire);
        pause.run();
        good &= step(
                "4. At the other node",
                """
                node-2's flannel.1 takes the packet out of the datagram, and node-2's own route leads to its bridge. \
                container-2 sees container-1's real address, because nothing between pods is masqueraded.""",
                () -> show(lab.node(2).trace(Question.echo(container1, container2)), Verdict.OK));
        pause.run();
        good &= step("5. To the world outside", """
                A packet to an address outside the pods' network leaves by eth0 and gets node-1's address as its source. \
                The world outside knows no pods, so the answer comes to node-1, which hands it on.""", this::outside);
        pause.run();
        good &= step("6. A broken entry, and its repair", """
                While flanneld was frozen, a deleted forwarding entry cut the pods off, and the trace named it. Awake \
                again, flanneld noticed what the kernel reports, and put the entry back.""", this::repair);
        report.line(good ? report.good("All six steps came out.") : report.bad("Not every step came out."));
        return good;
    }

    private boolean step(String title, String words, Action action) throws IOException {
        report.title(title);
        boolean good = action.run();
        report.line("");
        for (String sentence : words.split("(?<=\\.) ")) {
            report.line(good ? sentence : report.bad("Expected, but it did not come out: ") + sentence);
        }
        return good;
    }

    private boolean show(Trace trace, Verdict expected) {
        TraceText.of(trace).lines().forEach(report::line);
        return trace.verdict() == expected;
    }

    private boolean joining() throws IOException {
        List<String> records = lab.store().contents();
        records.forEach(report::line);
        lab.node(1).tables(true).forEach((command, output) -> {
            report.line(command);
            output.lines().forEach(line -> report.line("    " + line));
        });
        Trace trace = lab.node(1).trace(Question.echo(null, container2));
        boolean published = records.stream().anyMatch(line -> line.contains("VtepMAC"));
        return show(trace, Verdict.OK) && published;
    }

    private boolean wire() throws IOException {
        lab.reach(1, 2, Family.IPV4, PATIENCE_SECONDS);
        PathTrace seen = ConnectivityCheck.trace(lab, Family.IPV4);
        for (PathTrace.Observation observation : seen.observations()) {
            report.line("%-22s %s".formatted(observation.hop(), words(observation.request())));
        }
        Trace trace = lab.node(1).trace(Question.echo(container1, container2));
        return show(trace, Verdict.OK)
                && seen.loss().isEmpty()
                && trace.hops().stream().noneMatch(Hop::daemon);
    }

    private static String words(CapturedPacket packet) {
        return packet == null ? "nothing of the ping" : packet.toString();
    }

    private boolean outside() throws IOException {
        Ip router = LabAddresses.router(Family.IPV4);
        Ip node = lab.node(1).address(Family.IPV4);
        boolean seen;
        try (PacketCapture capture = lab.router().capture("sw0")) {
            lab.pod(1).reach(router.toString(), PATIENCE_SECONDS);
            List<CapturedPacket> packets = capture.drain();
            Optional<CapturedPacket> request = packets.stream()
                    .filter(packet -> packet.carriesEcho(false, node, router))
                    .findFirst();
            report.line("seen by the router:  " + words(request.orElse(null)));
            seen = request.isPresent()
                    && packets.stream().noneMatch(packet -> packet.carriesEcho(false, container1, router));
        }
        return show(lab.node(1).trace(Question.echo(container1, router)), Verdict.OK) && seen;
    }

    private boolean repair() throws IOException {
        LabNode node = lab.node(1);
        Question question = Question.echo(container1, container2);
        node.flanneld().freeze();
        boolean found;
        try {
            node.sh(BREAK.formatted(lab.node(2).address(Family.IPV4)));
            Trace broken = node.trace(question);
            boolean lost = lab.reach(1, 2, Family.IPV4, 1) < 0;
            report.line(lost ? "container-1 reaches container-2 no more" : "container-1 still reaches container-2");
            found = show(broken, Verdict.BROKEN) && broken.hops().getLast().step() == Step.FDB && lost;
        } finally {
            node.flanneld().thaw();
        }
        boolean back = lab.reach(1, 2, Family.IPV4, PATIENCE_SECONDS) >= 0;
        report.line("");
        report.line(back ? "flanneld is awake: container-1 reaches container-2 again" : "container-2 is still cut off");
        return show(node.trace(question), Verdict.OK) && found && back;
    }
}

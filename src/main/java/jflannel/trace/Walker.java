package jflannel.trace;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jflannel.foreign.Decision;
import jflannel.foreign.Hook;
import jflannel.foreign.Packet;
import jflannel.ip.Ip;
import jflannel.kernel.Link;
import jflannel.kernel.Path;
import jflannel.kernel.RouteQuery;
import jflannel.lease.ConfigException;

/// Walks a packet through this node in the order of the kernel:
///
/// 1. a pod's packet arrives by its veth and the bridge, and meets the rules of PREROUTING, which may translate it
/// 2. the routing decision: another pod of this node, this node itself, a tunnel, or an interface
/// 3. the rules of FORWARD and POSTROUTING, or those of OUTPUT for a packet of this node's own
/// 4. the tunnel: neighbor, fdb, outer header; then the outer packet's own rules and route
/// 5. the interface to the other nodes, the next hop, and what the other end will do
///
/// A packet of another node's pod arrives as step 5 ends, and goes on with steps 1 to 3.
public final class Walker {
    /// Of the sample packet.
    private static final int SOURCE_PORT = 40_000;

    private static final String IPVS_DEVICE = "kube-ipvs0";

    private final Journey journey;
    private final RuleHops rules;
    private final RouteHop routes;
    private final UnderlayHops underlay;
    private final TunnelHops tunnels;
    private final LocalPods pods;

    private Walker(View view, Cluster cluster) throws IOException {
        journey = new Journey(view, cluster);
        rules = new RuleHops(journey);
        routes = new RouteHop(journey);
        underlay = new UnderlayHops(journey, rules, routes);
        tunnels = new TunnelHops(journey, underlay);
        pods = new LocalPods(journey, rules);
    }

    /// @throws ConfigException if no packet with that source comes here
    /// @throws IOException if the kernel's tables cannot be read
    public static Trace walk(Question question, View view, Cluster cluster) throws IOException {
        Walker walker = new Walker(view, cluster);
        Ip source = question.source() == null ? walker.usualSource(question.destination()) : question.source();
        Question asked = new Question(source, question.destination(), question.protocol(), question.port());
        walker.walk(asked);
        List<String> notes = new ArrayList<>();
        if (!cluster.unknown().isEmpty()) {
            notes.add("The leases are not known, so nothing could be compared with them: " + cluster.unknown());
        }
        if (!cluster.uncompared().isEmpty()) {
            notes.add("What the kernel should hold is not known: " + cluster.uncompared());
        }
        return new Trace(asked, walker.journey.hops(), notes, walker.journey.end(), Optional.empty());
    }

    private Ip usualSource(Ip destination) throws IOException {
        Path path = journey.view.path(RouteQuery.to(destination)).object();
        return path == null || path.source() == null ? Ip.any(destination.family()) : path.source();
    }

    private void walk(Question asked) throws IOException {
        boolean own = journey.isHere(asked.source())
                || asked.source().equals(Ip.any(asked.source().family()));
        journey.packet = new Packet(
                "",
                "",
                asked.source(),
                asked.destination(),
                asked.protocol(),
                SOURCE_PORT,
                asked.port(),
                own,
                journey.isHere(asked.destination()));
        Optional<Cluster.Peer> peer = journey.cluster.peerOf(asked.source());
        if (own) {
            ofThisNode();
        } else if (peer.isPresent()) {
            Optional<Link> arrival = new Arrival(journey, rules).of(peer.get());
            if (arrival.isPresent()) {
                forward(arrival.get());
            }
        } else {
            ofPod(gate(asked.source()));
        }
    }

    /// The device by which a pod's packets arrive.
    private Link gate(Ip pod) throws IOException {
        Optional<Link> gate = pods.gate(pod);
        if (gate.isEmpty()) {
            Path path = journey.view.path(RouteQuery.to(pod)).object();
            gate = Optional.ofNullable(path)
                    .filter(it -> it.gateway() == null)
                    .map(it -> journey.links.get(it.ifIndex()));
        }
        return gate.filter(link -> !TunnelHops.isTunnel(link))
                .orElseThrow(
                        () -> new ConfigException("SRC", pod, "Give the address of a pod, or of this node itself."));
    }

    private void ofPod(Link gate) throws IOException {
        if (!pods.leave(journey.packet.source(), gate)) {
            return;
        }
        Ip before = journey.packet.destination();
        if (isBridged(gate, before)) {
            pods.bridged(gate);
            return;
        }
        forward(gate);
    }

    /// Decides about a packet that has arrived by a device, and sends it on.
    private void forward(Link gate) throws IOException {
        if (!pass(Hook.PREROUTING, gate.name(), "", gate.name())) {
            return;
        }
        Optional<Hop> obstacle = journey.packet.toHere() ? Optional.empty() : LocalPods.forwarding(journey, gate);
        if (obstacle.isPresent()) {
            journey.add(obstacle.get());
            return;
        }
        Optional<RouteHop.Decided> decided =
                routes.decide(journey.packet, gate, gate.name(), Journey.words(journey.packet));
        if (decided.isEmpty()) {
            return;
        }
        Path path = decided.get().path();
        if (path.local()) {
            toThisNode(path, gate.name());
            return;
        }
        String out = journey.name(path.ifIndex());
        if (pass(Hook.FORWARD, gate.name(), out, out)
                && rules.permitted(journey.packet, out)
                && pass(Hook.POSTROUTING, gate.name(), out, out)) {
            depart(decided.get());
        }
    }

    /// True if the destination is a pod on the same bridge, which the pod reaches without its gateway.
    private boolean isBridged(Link gate, Ip destination) throws IOException {
        Path path = journey.view.path(RouteQuery.to(destination)).object();
        return gate.kind().equals("bridge")
                && path != null
                && path.ifIndex() == gate.index()
                && path.gateway() == null
                && !path.local();
    }

    private void ofThisNode() throws IOException {
        journey.add(journey.hop(Step.POD, "", "this node sends it"));
        Optional<RouteHop.Decided> decided = routes.decide(journey.packet, null, "", Journey.words(journey.packet));
        if (decided.isEmpty()) {
            return;
        }
        Packet before = journey.packet;
        String out = journey.name(decided.get().path().ifIndex());
        if (!pass(Hook.OUTPUT, "", out, out)) {
            return;
        }
        Packet after = journey.packet;
        if (!after.destination().equals(before.destination()) || !after.mark().equals(before.mark())) {
            decided = routes.decide(after, null, out, Journey.words(after));
            if (decided.isEmpty()) {
                return;
            }
            out = journey.name(decided.get().path().ifIndex());
        }
        if (decided.get().path().local()) {
            toThisNode(decided.get().path(), "lo");
        } else if (pass(Hook.POSTROUTING, "", out, out)) {
            depart(decided.get());
        }
    }

    private void toThisNode(Path path, String in) throws IOException {
        if (journey.name(path.ifIndex()).equals(IPVS_DEVICE)) {
            journey.add(journey.hop(Step.RULES, IPVS_DEVICE, "IPVS translates the Service address")
                    .unknown(
                            "the tables of IPVS are not read here",
                            "Look at ipvsadm -Ln, and trace to one of the pods"));
        } else if (pass(Hook.INPUT, in, "", in)) {
            journey.add(journey.hop(Step.DELIVERY, in, "this node itself receives it"));
        }
    }

    /// The packet's way through a hook's rules. A masquerade gives it the address of the device that it leaves by.
    private boolean pass(Hook hook, String in, String out, String device) throws IOException {
        Packet at = journey.packet.between(in, out);
        RuleHops.Passed passed = rules.pass(hook, at, device, Journey.words(at));
        journey.packet = passed.packet();
        if (!passed.goesOn() || passed.masquerade().isEmpty()) {
            return passed.goesOn();
        }
        return masqueraded(passed.masquerade().get(), at, out);
    }

    private boolean masqueraded(Decision decision, Packet before, String out) throws IOException {
        Optional<Ip> address = addressOf(out, before);
        address.ifPresent(ip -> journey.packet = journey.packet.translatedFrom(ip));
        boolean harmless = before.translated()
                || address.filter(before.source()::equals).isPresent()
                || before.mark().filter(mark -> mark != 0).isPresent();
        boolean betweenPods =
                journey.cluster.isAmongPods(before.source()) && journey.cluster.isAmongPods(before.destination());
        Hop hop = journey.hop(
                Step.RULES,
                out,
                "the source becomes %s".formatted(address.map(Ip::toString).orElse("an address of " + out)));
        return journey.add(
                betweenPods && !harmless && !decision.owner().equals("flannel")
                        ? hop.broken(
                                "%s masquerades packets between pods, so that the other one sees %s, and not the pod: %s"
                                        .formatted(
                                                decision.owner().isEmpty() ? "a rule" : decision.owner(),
                                                address.map(Ip::toString).orElse("this node"),
                                                decision.words()),
                                decision.command().isEmpty()
                                        ? "Exclude packets between pods from that rule"
                                        : "Exclude packets between pods from that rule, or do: " + decision.command())
                        : hop);
    }

    /// The address that the kernel would choose for a packet that leaves by a device.
    private Optional<Ip> addressOf(String device, Packet packet) throws IOException {
        Optional<Link> link = journey.links.values().stream()
                .filter(it -> it.name().equals(device))
                .findFirst();
        if (link.isEmpty()) {
            return Optional.empty();
        }
        Path path = journey.view
                .path(RouteQuery.to(packet.destination()).by(link.get()))
                .object();
        return path == null ? Optional.empty() : Optional.ofNullable(path.source());
    }

    private void depart(RouteHop.Decided decided) throws IOException {
        Path path = decided.path();
        Link link = journey.links.get(path.ifIndex());
        if (link == null) {
            return;
        }
        if (TunnelHops.isTunnel(link)) {
            tunnels.pass(link, decided);
        } else if (isForPods(link, path)) {
            pods.deliver(link);
        } else {
            underlay.passPlain(path, link);
        }
    }

    private boolean isForPods(Link link, Path path) {
        Ip destination = journey.packet.destination();
        return path.gateway() == null
                && (journey.cluster.isOwn(destination)
                        || link.kind().equals("bridge")
                                && journey.cluster.peerAt(destination).isEmpty()
                                && journey.cluster.own().isEmpty());
    }
}

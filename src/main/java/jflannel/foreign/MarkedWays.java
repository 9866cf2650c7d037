package jflannel.foreign;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import jflannel.ip.Family;
import jflannel.kernel.FibRoute;
import jflannel.kernel.Kernel;
import jflannel.kernel.KernelEntries;
import jflannel.kernel.Link;
import jflannel.kernel.Path;
import jflannel.kernel.PolicyRule;
import jflannel.kernel.RouteQuery;
import jflannel.kernel.Vxlan;
import jflannel.linux.Errno;
import jflannel.linux.KernelReply;
import jflannel.status.Condition;

/// Finds rules of other programs that mark this network's packets, if a rule of ip-rule(8) for that mark sends them
/// elsewhere. That is what VPN clients and other network plugins do, and what they leave behind.
///
/// A vxlan device passes a mark on: to the tunnel packet that it sends, and to what it takes out of one.
final class MarkedWays {
    private final AllRules rules;
    private final Kernel kernel;
    private final Map<String, Link> links = new HashMap<>();
    private final List<PolicyRule> policy;
    private final Map<String, Found> found = new LinkedHashMap<>();
    private boolean marks;

    /// A packet on its way.
    ///
    /// @param by the last rule that marked it, if one did
    private record Marked(Way way, Packet packet, Optional<Decision> by) {
        int mark() {
            return packet.mark().orElse(0L).intValue();
        }

        Marked with(Marked other) {
            return new Marked(way, packet.marked(other.packet.mark()), other.by);
        }
    }

    /// @param found one for each rule
    /// @param marks true if rules mark this network's packets at all, so that it depends on routing rules, too
    record Result(List<Found> found, boolean marks) {}

    private MarkedWays(List<Ruleset> tables, Kernel kernel, List<PolicyRule> policy) throws IOException {
        this.rules = new AllRules(tables);
        this.kernel = kernel;
        this.policy = policy;
        kernel.links().forEach(link -> links.put(link.name(), link));
    }

    static Result find(List<Ruleset> tables, Traffic traffic, LocalDevices node, Kernel kernel) throws IOException {
        if (tables.stream().noneMatch(Ruleset::marks)) {
            return new Result(List.of(), false);
        }
        List<PolicyRule> policy = new ArrayList<>();
        try (KernelEntries entries = new KernelEntries()) {
            for (Family family : Family.values()) {
                policy.addAll(entries.policyRules(family));
            }
        }
        MarkedWays search = new MarkedWays(tables, kernel, policy);
        search.look(new Samples(traffic, node).all());
        return new Result(List.copyOf(search.found.values()), search.marks);
    }

    private void look(List<Samples.Sample> samples) throws IOException {
        List<Marked> packets = samples.stream()
                .map(it -> new Marked(it.way(), it.packet(), Optional.empty()))
                .toList();
        boolean passedOn = packets.stream()
                .filter(it -> it.way == Way.IN)
                .anyMatch(it -> lower(it.packet.in()).isPresent());
        List<Marked> left = new ArrayList<>();
        List<Marked> arrived = new ArrayList<>();
        for (Marked packet : packets) {
            switch (packet.way) {
                case OUT -> left.add(pass(routed(packet), Hook.FORWARD, Hook.POSTROUTING));
                case TUNNEL_IN -> arrived.add(pass(routed(packet), Hook.INPUT));
                case TUNNEL_OUT -> sent(packet);
                case IN -> routed(packet);
            }
        }
        if (passedOn) {
            again(packets, Way.TUNNEL_OUT, left);
            again(packets, Way.IN, arrived);
        }
    }

    /// Looks at the packets of a way again, with the marks of those that they come from.
    private void again(List<Marked> packets, Way way, List<Marked> origins) throws IOException {
        for (Marked origin : origins.stream().filter(it -> it.mark() != 0).toList()) {
            for (Marked packet : packets.stream().filter(it -> it.way == way).toList()) {
                Marked marked = packet.with(origin);
                if (way == Way.IN) {
                    routed(marked);
                } else {
                    sent(marked);
                }
            }
        }
    }

    private Marked pass(Marked marked, Hook... hooks) {
        Marked now = marked;
        for (Hook hook : hooks) {
            Passage passage = rules.pass(hook, now.packet, _ -> false);
            Optional<Decision> last = passage.decisions().stream()
                    .filter(it -> it.effect() == Effect.MARK && it.certain())
                    .reduce((_, later) -> later);
            Packet same = marked.packet.marked(passage.packet().mark()); // translations are no concern of this search
            now = new Marked(now.way, same, last.or(now::by));
        }
        marks |= now.mark() != 0;
        return now;
    }

    /// One that arrives: the kernel looks for its route after the first hook.
    private Marked routed(Marked packet) throws IOException {
        Marked marked = pass(packet, Hook.PREROUTING);
        RouteQuery query = query(marked);
        Link in = links.get(marked.packet.in());
        judge(marked, in == null ? query : query.arriving(in));
        return marked;
    }

    /// One that this node sends: the kernel looks for its route before the hook, and again if its mark changes there.
    private void sent(Marked packet) throws IOException {
        Optional<Link> bound = links.values().stream()
                .flatMap(link -> lower(link.name()).stream())
                .findFirst();
        RouteQuery query = query(packet);
        judge(packet, bound.isPresent() ? query.by(bound.get()) : query);
        Marked after = pass(packet, Hook.OUTPUT);
        if (after.mark() != packet.mark()) {
            judge(after, query);
        }
    }

    private static RouteQuery query(Marked marked) {
        Packet packet = marked.packet;
        return RouteQuery.to(packet.destination())
                .from(packet.source())
                .of(packet.protocol(), packet.destinationPort());
    }

    /// The device that a vxlan device is bound to.
    private Optional<Link> lower(String device) {
        Link link = links.get(device);
        return link != null && link.properties() instanceof Vxlan vxlan && vxlan.lower() != 0
                ? links.values().stream()
                        .filter(it -> it.index() == vxlan.lower())
                        .findFirst()
                : Optional.empty();
    }

    private void judge(Marked marked, RouteQuery query) throws IOException {
        if (marked.mark() == 0 || marked.by.isEmpty()) {
            return;
        }
        List<KernelReply<Path>> replies = kernel.pathsOf(List.of(query, query.marked(marked.mark())));
        Path usual = replies.getFirst().object();
        KernelReply<Path> reply = replies.getLast();
        if (usual != null && !isSame(usual, reply.object())) {
            note(marked, usual, reply);
        }
    }

    private static boolean isSame(Path usual, Path other) {
        return other != null
                && other.ifIndex() == usual.ifIndex()
                && other.local() == usual.local()
                && Objects.equals(other.gateway(), usual.gateway());
    }

    private void note(Marked marked, Path usual, KernelReply<Path> reply) {
        Decision by = marked.by.orElseThrow();
        String effect = "%s marks %s with 0x%x, and %s"
                .formatted(
                        by.owner().isEmpty() ? RuleOwner.ANOTHER.words() : by.owner(),
                        marked.way.words(),
                        marked.mark(),
                        consequence(usual, reply));
        String subject = by.words() + " " + marked.packet.family();
        found.putIfAbsent(
                subject,
                new Found(Condition.FOREIGN_MARK, subject, effect, by.words(), remedy(marked, reply.object()), false));
    }

    private String consequence(Path usual, KernelReply<Path> reply) {
        Path path = reply.object();
        if (path == null) {
            return "the kernel drops those: "
                    + (reply.refusal() == null
                            ? "a route leads to nowhere"
                            : Errno.words(reply.refusal().errno()));
        }
        if (path.local()) {
            return "this node takes those itself";
        }
        boolean sameDevice = path.ifIndex() == usual.ifIndex();
        return "those leave by %s instead of %s, as a rule for the table %s says"
                .formatted(way(path, sameDevice), way(usual, sameDevice), PolicyRule.tableName(path.table()));
    }

    private String way(Path path, boolean inFull) {
        String device = links.values().stream()
                .filter(link -> link.index() == path.ifIndex())
                .map(Link::name)
                .findFirst()
                .orElse("device " + path.ifIndex());
        return device + (inFull && path.gateway() != null ? " via " + path.gateway() : "");
    }

    private String remedy(Marked marked, Path path) {
        Optional<String> rule = policy.stream()
                .filter(it -> it.destination().family() == marked.packet.family()
                        && it.mask() != 0
                        && (marked.mark() & it.mask()) == it.mark()
                        && (path == null || path.table() == FibRoute.LOCAL || it.table() == path.table()))
                .findFirst()
                .map(it -> "ip%s rule delete priority %s"
                        .formatted(
                                marked.packet.family() == Family.IPV6 ? " -6" : "",
                                Integer.toUnsignedString(it.priority())));
        String unmark = marked.by.map(Decision::command).orElse("");
        return "Do: " + rule.orElse("ip rule show") + (unmark.isEmpty() ? "" : "    # or: " + unmark);
    }
}

package jflannel.policy;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.nftables.NftVerdict;
import jflannel.policy.Groups.Group;
import jflannel.policy.Groups.Place;

/// Renders one direction.
final class DirectionRenderer {
    /// The group that everybody is in.
    static final int EVERYBODY = 0;

    private final Direction direction;
    private final Questions questions;
    private final List<Cidr> local;
    private final Numbers numbers;
    private final Rendering rendering;
    private final Set<Object> used;

    private final Map<Group, NftVerdict> verdicts = new IdentityHashMap<>();
    private final Map<Questions.Key, List<Group>> matching = new HashMap<>();
    private final Map<PortMatch, List<Group>> declaring = new HashMap<>();
    private final List<BlockGroup> blockGroups = new ArrayList<>();
    private final Map<SubjectKind, Allowed> known = new HashMap<>();

    /// Addresses that no policy tells apart.
    private record BlockGroup(Direction direction, Family family, Set<Object> meanings) {}

    /// Each direction has its own port lists, because other things follow from them.
    private record DirectedPorts(Direction direction, PortList ports, boolean decides) {}

    /// What is allowed to a subject depends on this alone.
    private record SubjectKind(List<String> policies, Map<PortMatch, Set<Integer>> ports) {}

    /// What each group may do.
    ///
    /// @param decides true if that is the whole answer for the group, and nothing is added by another one
    private record Allowed(Map<Object, PortList> ports, boolean decides) {}

    /// @param used takes the things whose numbers are in use
    DirectionRenderer(
            Direction direction,
            Questions questions,
            List<Cidr> local,
            Numbers numbers,
            Rendering rendering,
            Set<Object> used) {
        this.direction = direction;
        this.questions = questions;
        this.local = local;
        this.numbers = numbers;
        this.rendering = rendering;
        this.used = used;
    }

    void render(Map<Endpoint, List<Place>> all, Map<Endpoint, List<Policy>> subjects, List<ClusterNode> nodes) {
        Set<Blocks.Named> blocks = new HashSet<>();
        questions.blocks().forEach(block -> blocks.add(new Blocks.Named(block, block)));
        for (ClusterNode node : nodes) {
            for (Peer.Nodes peer : questions.nodes()) {
                if (peer.nodes().selects(node.labels())) {
                    node.addresses()
                            .forEach(
                                    it -> blocks.add(new Blocks.Named(new Peer.Block(Cidr.host(it), List.of()), peer)));
                }
            }
        }
        Map<Family, Map<Octets, Element>> pods = new EnumMap<>(Family.class);
        for (Family family : Family.values()) {
            pods.put(family, rendering.set(NftSet.pods(direction, family).id(), all.size()));
        }
        all.values().forEach(its -> its.forEach(place -> put(place, pods, blocks)));
        for (Family family : Family.values()) {
            Blocks.ranges(blocks, family).forEach(range -> place(range, family));
        }
        subjects.forEach(this::subject);
    }

    private void put(Place place, Map<Family, Map<Octets, Element>> pods, Set<Blocks.Named> blocks) {
        Group group = place.group;
        Cidr address = place.address;
        if (group.isEmpty()) {
            return;
        }
        if (address.length() < address.family().bits()) {
            Peer.Block block = new Peer.Block(address, List.of());
            group.answers().forEach(key -> blocks.add(new Blocks.Named(block, key)));
            return;
        }
        NftVerdict verdict = verdicts.get(group);
        if (verdict == null) {
            verdict = learn(group);
            verdicts.put(group, verdict);
        }
        Element element = place.element(verdict);
        pods.get(address.family()).put(element.key(), element);
    }

    private NftVerdict learn(Group group) {
        group.answers()
                .forEach(key ->
                        matching.computeIfAbsent(key, _ -> new ArrayList<>()).add(group));
        group.ports()
                .keySet()
                .forEach(port ->
                        declaring.computeIfAbsent(port, _ -> new ArrayList<>()).add(group));
        int number = number(group);
        rendering.chains().add(Chain.ofGroup(direction, number));
        return group.jump(number);
    }

    private void place(Blocks.Range range, Family family) {
        BlockGroup group = new BlockGroup(direction, family, range.meanings());
        blockGroups.add(group);
        Chain chain = Chain.ofGroup(direction, number(group));
        rendering.chains().add(chain);
        NftVerdict jump = NftVerdict.jump(chain.label());
        rendering.add(NftSet.blocks(direction, family).id(), element(range.from(), range.to(), jump));
    }

    private int number(Object thing) {
        used.add(thing);
        return numbers.of(thing);
    }

    private void subject(Endpoint endpoint, List<Policy> policies) {
        List<Policy> isolating =
                policies.stream().filter(it -> it.isAbout(direction)).toList();
        for (Cidr address : endpoint.addresses()) {
            if (address.length() == address.family().bits() && Renderer.isLocal(address, local)) {
                Ip ip = address.address();
                rendering.add(NftSet.self(address.family()).id(), Element.of(Octets.addresses(ip, ip)));
            }
        }
        if (isolating.isEmpty()) {
            return;
        }
        Allowed allowed = allowed(endpoint, isolating);
        for (Cidr address : endpoint.addresses()) {
            if (Renderer.isLocal(address, local)) {
                isolate(address, allowed, isolating);
            }
        }
    }

    private void isolate(Cidr address, Allowed allowed, List<Policy> isolating) {
        Family family = address.family();
        Element plain = element(address, NftVerdict.NONE);
        rendering.add(NftSet.isolated(direction, family).id(), plain);
        NftSet.Id refused = NftSet.refused(direction, family).id();
        rendering.add(refused, plain);
        rendering
                .isolating()
                .computeIfAbsent(refused, _ -> new HashMap<>())
                .put(plain.key(), isolating.stream().map(Policy::id).toList());
        allowed.ports.forEach((group, ports) -> {
            boolean other = group instanceof BlockGroup block && block.family() != family;
            if (!other && (allowed.decides || !ports.isEmpty())) {
                int number = group.equals(EVERYBODY) ? EVERYBODY : number(group);
                NftVerdict verdict = verdict(ports, allowed.decides);
                rendering.add(NftSet.allowed(direction, family).id(number), element(address, verdict));
            }
        });
    }

    private NftVerdict verdict(PortList ports, boolean decides) {
        if (ports.all()) {
            return PolicyRules.allowed(direction);
        }
        if (ports.isEmpty()) {
            return PolicyRules.refused(direction);
        }
        Chain chain = new Chain(
                direction,
                Chain.Kind.PORT_LIST,
                number(new DirectedPorts(direction, ports, decides)),
                ports.others(),
                decides);
        rendering.chains().add(chain);
        for (PortMatch range : ports.ranges()) {
            int protocol = range.transport().number();
            rendering.add(
                    NftSet.PORTS.id(chain.number()),
                    new Element(
                            Octets.port(protocol, range.from()), Octets.port(protocol, range.to()), NftVerdict.NONE));
        }
        return NftVerdict.jump(chain.label());
    }

    private static Element element(Cidr address, NftVerdict verdict) {
        return element(address.address(), address.last(), verdict);
    }

    private static Element element(Ip from, Ip to, NftVerdict verdict) {
        return new Element(Octets.addresses(from), Octets.addresses(to), verdict);
    }

    /// The groups that may connect to this endpoint, or the other way round, and the ports.
    private Allowed allowed(Endpoint endpoint, List<Policy> isolating) {
        Set<PortMatch> names = new HashSet<>();
        if (direction == Direction.INGRESS) {
            isolating.forEach(policy -> policy.rules()
                    .get(direction)
                    .forEach(rule ->
                            rule.ports().stream().filter(PortMatch::isNamed).forEach(names::add)));
        }
        SubjectKind kind =
                new SubjectKind(isolating.stream().map(Policy::id).toList(), Groups.numbered(endpoint, names));
        return known.computeIfAbsent(
                kind,
                _ -> isolating.stream().anyMatch(Policy::isForCluster)
                        ? new Allowed(inOrder(isolating, kind), true)
                        : new Allowed(anyOf(isolating, kind), false));
    }

    /// If there are rules that refuse, what holds for one group must not add to what holds for another. So each address
    /// has one group alone: a pod's, or else that of a block, or else [#EVERYBODY].
    private Map<Object, PortList> inOrder(List<Policy> isolating, SubjectKind kind) {
        RuleOrder order = new RuleOrder(direction, isolating, kind.ports);
        Map<Object, PortList> allowed = new HashMap<>();
        PortList everybody = order.allowed(_ -> false, Map.of());
        for (BlockGroup group : blockGroups) {
            PortList ports = order.allowed(it -> group.meanings().contains(it.peer()), Map.of());
            if (!ports.equals(everybody)) {
                allowed.put(group, ports);
            }
        }
        boolean blocksDiffer = !allowed.isEmpty();
        for (Group group : verdicts.keySet()) {
            PortList ports = order.allowed(group.answers()::contains, group.ports());
            if (blocksDiffer || !ports.equals(everybody)) {
                allowed.put(group, ports);
            }
        }
        allowed.put(EVERYBODY, everybody);
        return allowed;
    }

    /// If rules only allow, each group adds what it may. If everybody is allowed everything, no other group matters.
    private Map<Object, PortList> anyOf(List<Policy> isolating, SubjectKind kind) {
        Map<Object, PortList> allowed = new HashMap<>();
        for (Policy policy : isolating) {
            for (Rule rule : policy.rules().get(direction)) {
                PortList ports = fixedPorts(rule, kind);
                if (rule.peers().isEmpty()) {
                    allowed.merge(EVERYBODY, ports, PortList::or);
                    byName(rule, null, allowed);
                }
                for (Peer peer : rule.peers()) {
                    Questions.Key key = questions.key(policy, peer);
                    Object meaning = peer instanceof Peer.Pods ? key : peer;
                    if (peer instanceof Peer.Pods) {
                        matching.getOrDefault(key, List.of())
                                .forEach(group -> allowed.merge(group, ports, PortList::or));
                    }
                    for (BlockGroup group : blockGroups) {
                        if (group.meanings().contains(meaning)) {
                            allowed.merge(group, ports, PortList::or);
                        }
                    }
                    byName(rule, key, allowed);
                }
            }
        }
        return allowed.getOrDefault(EVERYBODY, PortList.NONE).all() ? Map.of(EVERYBODY, PortList.ALL) : allowed;
    }

    /// The ports whose numbers do not depend on the other end.
    private PortList fixedPorts(Rule rule, SubjectKind subject) {
        if (rule.ports().isEmpty()) {
            return PortList.ALL;
        }
        List<PortMatch> ports = new ArrayList<>();
        for (PortMatch port : rule.ports()) {
            if (!port.isNamed()) {
                ports.add(port);
            } else if (direction == Direction.INGRESS) {
                ports.addAll(numbered(port, subject.ports()));
            }
        }
        return PortList.of(ports);
    }

    /// In traffic to pods, a name means what each receiver declares.
    ///
    /// @param key of the peer that a receiver must match; null for all
    private void byName(Rule rule, Questions.Key key, Map<Object, PortList> allowed) {
        if (direction == Direction.INGRESS) {
            return;
        }
        for (PortMatch port : rule.ports()) {
            for (Group group : declaring.getOrDefault(port, List.of())) {
                if (key == null || group.answers().contains(key)) {
                    allowed.merge(group, PortList.of(numbered(port, group.ports())), PortList::or);
                }
            }
        }
    }

    static List<PortMatch> numbered(PortMatch name, Map<PortMatch, Set<Integer>> ports) {
        return ports.getOrDefault(name, Set.of()).stream()
                .map(number -> PortMatch.range(name.transport(), number, number))
                .toList();
    }
}

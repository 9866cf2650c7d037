package jflannel.policy;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Reads the policies for a whole cluster: ClusterNetworkPolicy, and its predecessors AdminNetworkPolicy and
/// BaselineAdminNetworkPolicy, of `policy.networking.k8s.io`. As with [PolicyReader], one that cannot be understood in
/// full is refused; except that a rule with a peer of an unknown sort is read as the API demands, such that it never
/// lets more pass than its author meant.
public final class ClusterPolicyReader {
    private static final int LAST_PRIORITY = 1000;
    private static final String BASELINE_NAME = "default";

    private final PolicyKind kind;
    private final List<String> remarks = new ArrayList<>();

    private ClusterPolicyReader(PolicyKind kind) {
        this.kind = kind;
    }

    /// A policy that was read.
    ///
    /// @param remarks what of it could not be taken as it is written
    public record Reading(Policy policy, List<String> remarks) {}

    /// Reads a whole object of one of these kinds, as `kubectl get -o json` prints it.
    public static Reading object(String json) throws PolicyException {
        Fields object = Fields.document(json);
        String word = object.string("kind").orElse("");
        PolicyKind kind = Stream.of(PolicyKind.ADMIN, PolicyKind.BASELINE, PolicyKind.CLUSTER)
                .filter(it -> it.word().equals(word))
                .findFirst()
                .orElseThrow(() -> object.wrong("kind", "a policy for the cluster was expected"));
        return spec(
                kind,
                PolicyReader.name(object.metadata(), "name", Optional.empty()),
                object.values().get("spec"));
    }

    /// Reads a `spec` that was read as plain values.
    public static Reading spec(PolicyKind kind, String name, Object spec) throws PolicyException {
        ClusterPolicyReader reader = new ClusterPolicyReader(kind);
        Policy policy = reader.policy(name, Fields.of("spec", spec));
        return new Reading(policy, List.copyOf(reader.remarks));
    }

    private Policy policy(String name, Fields spec) throws PolicyException {
        spec.checkNames(
                switch (kind) {
                    case CLUSTER -> new String[] {"tier", "priority", "subject", "ingress", "egress"};
                    case ADMIN -> new String[] {"priority", "subject", "ingress", "egress"};
                    case BASELINE, NETWORK -> new String[] {"subject", "ingress", "egress"};
                });
        if (kind == PolicyKind.BASELINE && !name.equals(BASELINE_NAME)) {
            throw new PolicyException("metadata.name: only the one that is called default counts");
        }
        Fields subject = spec.object("subject").orElseThrow(() -> spec.wrong("subject", "it is missing"));
        Map<Direction, List<Rule>> rules = new EnumMap<>(Direction.class);
        for (Direction direction : Direction.values()) {
            List<Rule> its = rules(spec, direction);
            if (!its.isEmpty()) {
                rules.put(direction, its);
            }
        }
        int priority = kind == PolicyKind.BASELINE ? 0 : spec.integer("priority", 0, LAST_PRIORITY);
        Peer.Pods subjects = pods(subject).orElseThrow(() -> spec.wrong("subject", "namespaces or pods were expected"));
        return new Policy(kind, tier(spec), priority, "", name, subjects, rules);
    }

    private Tier tier(Fields spec) throws PolicyException {
        if (kind != PolicyKind.CLUSTER) {
            return kind == PolicyKind.ADMIN ? Tier.ADMIN : Tier.BASELINE;
        }
        return switch (spec.string("tier").orElse("")) {
            case "Admin" -> Tier.ADMIN;
            case "Baseline" -> Tier.BASELINE;
            default -> throw spec.wrong("tier", "Admin or Baseline was expected");
        };
    }

    private List<Rule> rules(Fields spec, Direction direction) throws PolicyException {
        String ports = kind == PolicyKind.CLUSTER ? "protocols" : "ports";
        String peers = direction == Direction.INGRESS ? "from" : "to";
        List<Rule> rules = new ArrayList<>();
        for (Fields rule : spec.objects(direction.word())) {
            rule.checkNames("name", "action", peers, ports);
            rule.string("name");
            Action action = action(rule);
            List<PortMatch> read = ports(rule, ports);
            List<Peer> matched = new ArrayList<>();
            boolean known = !rule.objects(peers).isEmpty();
            for (Fields peer : rule.objects(peers)) {
                List<Peer> its = peers(peer, direction);
                known &= !its.isEmpty();
                matched.addAll(its);
            }
            if (known) {
                rules.add(new Rule(action, List.copyOf(matched), read));
            } else {
                String place = rule.path() + "." + peers + ": a peer is not of a sort that is known here";
                if (action == Action.ALLOW) {
                    remarks.add(place + ", so the rule allows nothing");
                } else {
                    remarks.add(place + ", so the rule refuses everything");
                    rules.add(new Rule(Action.DENY, List.of(), List.of()));
                }
            }
        }
        return List.copyOf(rules);
    }

    private Action action(Fields rule) throws PolicyException {
        String word = rule.string("action").orElse("");
        String allow = kind == PolicyKind.CLUSTER ? "Accept" : "Allow";
        if (word.equals(allow)) {
            return Action.ALLOW;
        }
        if (word.equals("Deny")) {
            return Action.DENY;
        }
        if (word.equals("Pass") && kind != PolicyKind.BASELINE) {
            return Action.PASS;
        }
        String pass = kind == PolicyKind.BASELINE ? "" : ", Pass";
        throw rule.wrong("action", allow + pass + " or Deny was expected");
    }

    /// Empty if it is of a sort that is not known.
    private static List<Peer> peers(Fields peer, Direction direction) throws PolicyException {
        Optional<Peer.Pods> pods = pods(peer);
        if (pods.isPresent()) {
            return List.of(pods.get());
        }
        if (peer.values().size() != 1 || direction == Direction.INGRESS) {
            return List.of();
        }
        if (peer.has("nodes")) {
            return List.of(
                    new Peer.Nodes(SelectorReader.read(peer.object("nodes").get())));
        }
        List<Peer> blocks = new ArrayList<>();
        for (String word : peer.strings("networks")) {
            blocks.add(new Peer.Block(peer.cidr("networks", word), List.of()));
        }
        return blocks;
    }

    /// Pods by the labels of their namespaces, or by both.
    private static Optional<Peer.Pods> pods(Fields peer) throws PolicyException {
        if (peer.values().size() == 1 && peer.has("namespaces")) {
            Selector namespaces = SelectorReader.read(peer.object("namespaces").get());
            return Optional.of(new Peer.Pods(Optional.of(namespaces), Selector.ALL));
        }
        if (peer.values().size() == 1 && peer.has("pods")) {
            Fields pods = peer.object("pods").get();
            pods.checkNames("namespaceSelector", "podSelector");
            return Optional.of(
                    new Peer.Pods(Optional.of(selector(pods, "namespaceSelector")), selector(pods, "podSelector")));
        }
        return Optional.empty();
    }

    private static Selector selector(Fields pods, String name) throws PolicyException {
        Optional<Fields> selector = pods.object(name);
        return selector.isPresent() ? SelectorReader.read(selector.get()) : Selector.ALL;
    }

    private List<PortMatch> ports(Fields rule, String name) throws PolicyException {
        List<PortMatch> ports = new ArrayList<>();
        for (Fields port : rule.objects(name)) {
            ports.addAll(kind == PolicyKind.CLUSTER ? protocol(port) : port(port));
        }
        return List.copyOf(ports);
    }

    /// A port of an AdminNetworkPolicy.
    private static List<PortMatch> port(Fields port) throws PolicyException {
        port.checkNames("portNumber", "portRange", "namedPort");
        checkSingle(port);
        if (port.has("namedPort")) {
            return named(port, "namedPort");
        }
        if (port.has("portNumber")) {
            Fields number = port.object("portNumber").get();
            number.checkNames("protocol", "port");
            int only = number.port("port");
            return List.of(PortMatch.range(number.transport("protocol"), only, only));
        }
        Fields range = port.object("portRange").get();
        range.checkNames("protocol", "start", "end");
        return List.of(range(range, range.transport("protocol")));
    }

    /// A protocol of a ClusterNetworkPolicy.
    private static List<PortMatch> protocol(Fields protocol) throws PolicyException {
        protocol.checkNames("tcp", "udp", "sctp", "destinationNamedPort");
        checkSingle(protocol);
        if (protocol.has("destinationNamedPort")) {
            return named(protocol, "destinationNamedPort");
        }
        for (Transport transport : Transport.values()) {
            Optional<Fields> its = protocol.object(transport.name().toLowerCase(Locale.ROOT));
            if (its.isPresent()) {
                its.get().checkNames("destinationPort");
                Optional<Fields> port = its.get().object("destinationPort");
                return List.of(port.isPresent() ? numbered(port.get(), transport) : PortMatch.all(transport));
            }
        }
        throw new PolicyException(protocol.path() + ": a protocol was expected");
    }

    private static PortMatch numbered(Fields port, Transport transport) throws PolicyException {
        port.checkNames("number", "range");
        checkSingle(port);
        if (port.has("number")) {
            int only = port.port("number");
            return PortMatch.range(transport, only, only);
        }
        Fields range = port.object("range").get();
        range.checkNames("start", "end");
        return range(range, transport);
    }

    private static PortMatch range(Fields range, Transport transport) throws PolicyException {
        int from = range.port("start");
        int to = range.port("end");
        if (to < from) {
            throw range.wrong("end", "it is less than start");
        }
        return PortMatch.range(transport, from, to);
    }

    /// A name says nothing of the protocol.
    private static List<PortMatch> named(Fields port, String field) throws PolicyException {
        String name = port.string(field).orElse("");
        if (name.isEmpty()) {
            throw port.wrong(field, "it is empty");
        }
        return Stream.of(Transport.values())
                .map(it -> PortMatch.named(it, name))
                .toList();
    }

    private static void checkSingle(Fields fields) throws PolicyException {
        if (fields.values().size() != 1 || fields.values().containsValue(null)) {
            throw new PolicyException(fields.path() + ": exactly one field was expected");
        }
    }
}

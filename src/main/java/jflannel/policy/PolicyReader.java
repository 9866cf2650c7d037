package jflannel.policy;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import jflannel.ip.Cidr;

/// Reads NetworkPolicy objects of `networking.k8s.io/v1`. One that cannot be understood in full is refused: guessing
/// at half of it could open what its author closed.
public final class PolicyReader {
    private static final int LONGEST_NAME = 253;

    private PolicyReader() {}

    /// Reads a whole object, as `kubectl get -o json` prints it, or without what only Kubernetes needs.
    ///
    /// @param namespace used if the object names none
    public static Policy object(String json, String namespace) throws PolicyException {
        Fields object = Fields.document(json);
        String kind = object.string("kind").orElse("NetworkPolicy");
        String version = object.string("apiVersion").orElse("networking.k8s.io/v1");
        if (!kind.equals("NetworkPolicy") || !version.equals("networking.k8s.io/v1")) {
            throw object.wrong("kind", "NetworkPolicy of networking.k8s.io/v1 was expected");
        }
        Fields metadata = object.metadata();
        String name = name(metadata, "name", Optional.empty());
        return policy(
                name(metadata, "namespace", Optional.of(namespace)),
                name,
                object.object("spec").orElseThrow(() -> object.wrong("spec", "it is missing")));
    }

    /// Reads a `spec` that was read as plain values.
    public static Policy spec(String namespace, String name, Object spec) throws PolicyException {
        return policy(namespace, name, Fields.of("spec", spec));
    }

    static String name(Fields metadata, String field, Optional<String> otherwise) throws PolicyException {
        String name =
                metadata.string(field).or(() -> otherwise).orElseThrow(() -> metadata.wrong(field, "it is missing"));
        if (name.length() > LONGEST_NAME || !name.matches("[a-z0-9]([-a-z0-9.]*[a-z0-9])?")) {
            throw metadata.wrong(field, "lower-case letters, digits, '-' and '.' were expected");
        }
        return name;
    }

    private static Policy policy(String namespace, String name, Fields spec) throws PolicyException {
        spec.checkNames("podSelector", "policyTypes", "ingress", "egress");
        Map<Direction, List<Rule>> rules = new EnumMap<>(Direction.class);
        Set<Direction> types = types(spec);
        List<Rule> ingress = rules(spec, "ingress", "from");
        List<Rule> egress = rules(spec, "egress", "to");
        if (types.contains(Direction.INGRESS)) {
            rules.put(Direction.INGRESS, ingress);
        }
        if (types.contains(Direction.EGRESS)) {
            rules.put(Direction.EGRESS, egress);
        }
        Optional<Fields> subjects = spec.object("podSelector");
        return Policy.namespaced(
                namespace, name, subjects.isEmpty() ? Selector.ALL : SelectorReader.read(subjects.get()), rules);
    }

    /// If they are missing, the policy is about ingress in any case, and about egress if it has rules for that.
    private static Set<Direction> types(Fields spec) throws PolicyException {
        List<String> words = spec.strings("policyTypes");
        if (words.isEmpty()) {
            return spec.objects("egress").isEmpty()
                    ? Set.of(Direction.INGRESS)
                    : Set.of(Direction.INGRESS, Direction.EGRESS);
        }
        Set<Direction> types = new TreeSet<>();
        for (String word : words) {
            switch (word) {
                case "Ingress" -> types.add(Direction.INGRESS);
                case "Egress" -> types.add(Direction.EGRESS);
                default -> throw spec.wrong("policyTypes", "Ingress and Egress were expected");
            }
        }
        return types;
    }

    private static List<Rule> rules(Fields spec, String direction, String peers) throws PolicyException {
        List<Rule> rules = new ArrayList<>();
        for (Fields rule : spec.objects(direction)) {
            rule.checkNames(peers, "ports");
            rules.add(new Rule(Action.ALLOW, peers(rule.objects(peers)), ports(rule.objects("ports"))));
        }
        return List.copyOf(rules);
    }

    private static List<Peer> peers(List<Fields> all) throws PolicyException {
        List<Peer> peers = new ArrayList<>();
        for (Fields peer : all) {
            peer.checkNames("podSelector", "namespaceSelector", "ipBlock");
            Optional<Fields> pods = peer.object("podSelector");
            Optional<Fields> namespaces = peer.object("namespaceSelector");
            Optional<Fields> block = peer.object("ipBlock");
            if (block.isPresent() == (pods.isPresent() || namespaces.isPresent())) {
                throw new PolicyException(peer.path() + ": either ipBlock or selectors were expected");
            }
            peers.add(block.isPresent() ? block(block.get()) : pods(namespaces, pods));
        }
        return List.copyOf(peers);
    }

    private static Peer pods(Optional<Fields> namespaces, Optional<Fields> pods) throws PolicyException {
        return new Peer.Pods(
                namespaces.isPresent() ? Optional.of(SelectorReader.read(namespaces.get())) : Optional.empty(),
                pods.isPresent() ? SelectorReader.read(pods.get()) : Selector.ALL);
    }

    private static Peer block(Fields block) throws PolicyException {
        block.checkNames("cidr", "except");
        Cidr cidr = block.cidr("cidr", block.string("cidr").orElse(""));
        List<Cidr> except = new ArrayList<>();
        for (String word : block.strings("except")) {
            Cidr part = block.cidr("except", word);
            if (!cidr.contains(part)) {
                throw block.wrong("except", part + " is not within " + cidr);
            }
            except.add(part);
        }
        return new Peer.Block(cidr, List.copyOf(except));
    }

    private static List<PortMatch> ports(List<Fields> all) throws PolicyException {
        List<PortMatch> ports = new ArrayList<>();
        for (Fields port : all) {
            ports.add(port(port));
        }
        return List.copyOf(ports);
    }

    private static PortMatch port(Fields port) throws PolicyException {
        port.checkNames("protocol", "port", "endPort");
        Transport transport = port.transport("protocol");
        if (!port.has("port")) {
            if (port.has("endPort")) {
                throw port.wrong("endPort", "port is missing");
            }
            return PortMatch.all(transport);
        }
        if (port.isNumber("port")) {
            int from = port.port("port");
            int to = port.has("endPort") ? port.port("endPort") : from;
            if (to < from) {
                throw port.wrong("endPort", "it is less than port");
            }
            return PortMatch.range(transport, from, to);
        }
        String name = port.string("port").orElse("");
        if (name.isEmpty() || port.has("endPort")) {
            throw port.wrong("port", name.isEmpty() ? "it is empty" : "a name cannot begin a range");
        }
        return PortMatch.named(transport, name);
    }
}

package jflannel.policy;

import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jflannel.ip.Cidr;

/// The groups to which pods belong in one direction, with what was found out about each pod before.
final class Groups {
    /// Addresses of pods that policies do not tell apart, in one direction.
    ///
    /// @param answers the peers that they match
    /// @param ports numbers of the ports that policies know by name
    record Group(Direction direction, Set<Questions.Key> answers, Map<PortMatch, Set<Integer>> ports) {
        boolean isEmpty() {
            return answers.isEmpty() && ports.isEmpty();
        }
    }

    /// What an address is judged by.
    ///
    /// @param address empty unless it matters
    private record Traits(
            String namespace, Map<String, String> labels, List<Endpoint.NamedPort> ports, Optional<Cidr> address) {}

    private final Direction direction;
    private final Questions questions;
    private final Map<String, Map<String, String>> namespaces;
    private final boolean addressMatters;
    private final Map<Traits, Group> byTraits = new HashMap<>();
    /// Equal groups are one, so that whoever has one need not compare it.
    private final Map<Group, Group> all = new HashMap<>();
    private Map<Endpoint, List<Group>> byEndpoint = new IdentityHashMap<>();

    Groups(Direction direction, Questions questions, Map<String, Map<String, String>> namespaces) {
        this.direction = direction;
        this.questions = questions;
        this.namespaces = namespaces;
        this.addressMatters = questions.hasBlocksAmongPeers();
    }

    boolean answers(Questions others, Map<String, Map<String, String>> othersNamespaces) {
        return questions.equals(others) && namespaces.equals(othersNamespaces);
    }

    Questions questions() {
        return questions;
    }

    /// For each endpoint the groups of its addresses, in their order.
    Map<Endpoint, List<Group>> of(World world) {
        Map<Endpoint, List<Group>> now = new IdentityHashMap<>();
        for (Endpoint endpoint : world.endpoints()) {
            List<Group> before = byEndpoint.get(endpoint);
            now.put(
                    endpoint,
                    before != null
                            ? before
                            : endpoint.addresses().stream()
                                    .map(address -> group(world, endpoint, address))
                                    .toList());
        }
        byEndpoint = now;
        return now;
    }

    private Group group(World world, Endpoint endpoint, Cidr address) {
        Traits traits = new Traits(
                endpoint.namespace(),
                endpoint.labels(),
                questions.names().isEmpty() ? List.of() : endpoint.ports(),
                addressMatters ? Optional.of(address) : Optional.empty());
        return byTraits.computeIfAbsent(traits, _ -> {
            Group group = new Group(
                    direction,
                    questions.answers(endpoint, address, world.labelsOf(endpoint.namespace())),
                    numbered(endpoint, questions.names()));
            return all.computeIfAbsent(group, same -> same);
        });
    }

    /// What the ports that go by these names are to this endpoint.
    static Map<PortMatch, Set<Integer>> numbered(Endpoint endpoint, Set<PortMatch> names) {
        Map<PortMatch, Set<Integer>> numbers = new HashMap<>();
        for (PortMatch name : names) {
            for (Endpoint.NamedPort port : endpoint.ports()) {
                if (port.name().equals(name.name()) && port.transport() == name.transport()) {
                    numbers.computeIfAbsent(name, _ -> new HashSet<>()).add(port.number());
                }
            }
        }
        return numbers;
    }
}

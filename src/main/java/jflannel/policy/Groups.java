package jflannel.policy;

import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.nftables.NftVerdict;

/// The groups to which pods belong in one direction, with what was found out about each pod before.
final class Groups {
    /// Addresses of pods that policies do not tell apart, in one direction: by the peers that they match, and by the
    /// numbers of the ports that policies know by name.
    static final class Group {
        private final Direction direction;
        private final Set<Questions.Key> answers;
        private final Map<PortMatch, Set<Integer>> ports;
        private final int hash;
        private int number = -1;
        private NftVerdict jump = NftVerdict.NONE;

        Group(Direction direction, Set<Questions.Key> answers, Map<PortMatch, Set<Integer>> ports) {
            this.direction = direction;
            this.answers = answers;
            this.ports = ports;
            this.hash = Objects.hash(direction, answers, ports);
        }

        Set<Questions.Key> answers() {
            return answers;
        }

        Map<PortMatch, Set<Integer>> ports() {
            return ports;
        }

        boolean isEmpty() {
            return answers.isEmpty() && ports.isEmpty();
        }

        /// The way to its chain; the same object as long as the number is the same.
        NftVerdict jump(int itsNumber) {
            if (number != itsNumber) {
                number = itsNumber;
                jump = NftVerdict.jump(Chain.ofGroup(direction, itsNumber).label());
            }
            return jump;
        }

        @Override
        public boolean equals(Object other) {
            return this == other
                    || other instanceof Group group
                            && hash == group.hash
                            && direction == group.direction
                            && answers.equals(group.answers)
                            && ports.equals(group.ports);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    /// An address in its group, and how the kernel knows that.
    static final class Place {
        final Cidr address;
        final Group group;
        private Element element;

        Place(Cidr address, Group group) {
            this.address = address;
            this.group = group;
        }

        /// The same object as before if nothing has changed.
        Element element(NftVerdict verdict) {
            if (element == null
                    || element.verdict() != verdict && !element.verdict().equals(verdict)) {
                Octets key = Octets.addresses(address.address());
                element = new Element(key, key, verdict);
            }
            return element;
        }
    }

    /// What an address is judged by.
    ///
    /// @param address empty unless it matters
    private record Traits(
            String namespace, Map<String, String> labels, List<Endpoint.NamedPort> ports, Optional<Cidr> address) {}

    private static final int SPARE = 1000;

    private final Direction direction;
    private final Questions questions;
    private final Map<String, Map<String, String>> namespaces;
    private final boolean addressMatters;
    private final Map<Traits, Group> byTraits = new HashMap<>();
    /// Equal groups are one, so that whoever has one need not compare it.
    private final Map<Group, Group> all = new HashMap<>();
    private Map<Endpoint, List<Place>> byEndpoint = new IdentityHashMap<>();

    Groups(Direction direction, Questions questions, Map<String, Map<String, String>> namespaces) {
        this.direction = direction;
        this.questions = questions;
        this.namespaces = namespaces;
        this.addressMatters = questions.hasBlocksAmongPeers();
    }

    boolean answers(Questions others, Map<String, Map<String, String>> othersNamespaces) {
        return questions.asksTheSameAs(others) && namespaces.equals(othersNamespaces);
    }

    Questions questions() {
        return questions;
    }

    /// For each endpoint its addresses in their groups.
    Map<Endpoint, List<Place>> of(World world) {
        Map<Endpoint, List<Place>> now = new IdentityHashMap<>(world.endpoints().size());
        for (Endpoint endpoint : world.endpoints()) {
            List<Place> before = byEndpoint.get(endpoint);
            now.put(
                    endpoint,
                    before != null
                            ? before
                            : endpoint.addresses().stream()
                                    .map(address -> new Place(address, group(world, endpoint, address)))
                                    .toList());
        }
        byEndpoint = now;
        forget();
        return now;
    }

    /// What pods were like that have gone; not each time, since others like them may come.
    private void forget() {
        if (byTraits.size() > 2 * byEndpoint.size() + SPARE) {
            byTraits.clear();
            Set<Group> used = Collections.newSetFromMap(new IdentityHashMap<>());
            byEndpoint.values().forEach(its -> its.forEach(place -> used.add(place.group)));
            all.values().retainAll(used);
        }
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

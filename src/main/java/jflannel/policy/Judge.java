package jflannel.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// What the policies say about a connection, policy by policy. This is what the kernel must come to by its tables; it
/// is for those who ask why, and takes its time.
public record Judge(World world) {
    /// What the policies of one direction say.
    ///
    /// @param subject the pod that they protect; empty if the address is no pod's
    /// @param selecting the policies that select it in this direction; if there are none, all is allowed
    /// @param deciding the rule that allows or refuses the connection; empty if no rule speaks of it
    public record Finding(
            Direction direction,
            Optional<Endpoint> subject,
            List<Policy> selecting,
            Optional<Decision> deciding,
            boolean allowed) {
        /// The policies that refuse it: by a rule, or because none of theirs allows it.
        public List<Policy> refusing() {
            return allowed
                    ? List.of()
                    : deciding.map(it -> List.of(it.policy()))
                            .orElseGet(() -> selecting.stream()
                                    .filter(policy -> !policy.isForCluster())
                                    .toList());
        }

        /// Two or more lines: whom it is about, by which policies, and what follows.
        public String words() {
            StringBuilder words = new StringBuilder(
                    direction.word() + " of " + subject.map(Endpoint::id).orElse("no pod") + ": ");
            if (selecting.isEmpty()) {
                return words.append("no policy selects it, so everything is allowed")
                        .toString();
            }
            words.append("selected by ")
                    .append(selecting.stream().map(Policy::id).collect(Collectors.joining(", ")))
                    .append(allowed ? "\n  allowed" : "\n  refused");
            deciding.ifPresentOrElse(
                    it -> words.append(" by rule " + it.number() + " of " + it.policy.id() + ": " + it.rule),
                    () -> words.append(
                            allowed
                                    ? ": no rule speaks of it, and no NetworkPolicy selects the pod"
                                    : ": no rule of theirs allows it"));
            return words.toString();
        }
    }

    /// A rule that decides about a connection.
    ///
    /// @param number of the rule in its list, from 1
    public record Decision(Policy policy, int number, Rule rule) {}

    /// Both must agree. The policies of the direction EGRESS come first, because the packet meets them first.
    public List<Finding> findings(Connection connection) {
        return List.of(finding(connection, Direction.EGRESS), finding(connection, Direction.INGRESS));
    }

    /// True if the connection may begin.
    public boolean allows(Connection connection) {
        return connection.source().equals(connection.destination())
                || findings(connection).stream().allMatch(Finding::allowed);
    }

    private Finding finding(Connection connection, Direction direction) {
        Optional<Endpoint> subject = world.at(connection.subjectOf(direction));
        List<Policy> selecting = new ArrayList<>();
        for (Policy policy : world.policies()) {
            if (subject.isPresent() && policy.isAbout(direction) && world.selects(policy, subject.get())) {
                selecting.add(policy);
            }
        }
        Optional<Decision> deciding = deciding(selecting, connection, direction);
        boolean allowed = deciding.map(it -> it.rule().action() == Action.ALLOW)
                .orElseGet(() -> selecting.stream().allMatch(Policy::isForCluster));
        return new Finding(direction, subject, selecting, deciding, allowed);
    }

    private Optional<Decision> deciding(List<Policy> selecting, Connection connection, Direction direction) {
        for (Tier tier : Tier.values()) {
            List<Policy> its =
                    selecting.stream().filter(it -> it.tier() == tier).toList();
            Optional<Decision> first = its.stream()
                    .flatMap(policy -> matching(policy, connection, direction).stream())
                    .findFirst()
                    .filter(it -> it.rule().action() != Action.PASS);
            if (first.isPresent() || tier == Tier.NAMESPACED && !its.isEmpty()) {
                return first;
            }
        }
        return Optional.empty();
    }

    private Optional<Decision> matching(Policy policy, Connection connection, Direction direction) {
        List<Rule> rules = policy.rules().get(direction);
        for (int i = 0; i < rules.size(); i++) {
            Rule rule = rules.get(i);
            if (peers(policy, rule, connection, direction) && ports(rule, connection)) {
                return Optional.of(new Decision(policy, i + 1, rule));
            }
        }
        return Optional.empty();
    }

    private boolean peers(Policy policy, Rule rule, Connection connection, Direction direction) {
        Optional<Endpoint> peer = world.at(connection.peerOf(direction));
        return rule.peers().isEmpty()
                || rule.peers().stream().anyMatch(wanted -> switch (wanted) {
                    case Peer.Block block -> block.contains(connection.peerOf(direction));
                    case Peer.Pods pods -> peer.isPresent() && world.matches(policy, pods, peer.get());
                    case Peer.Nodes nodes -> world.matches(nodes, connection.peerOf(direction));
                });
    }

    private boolean ports(Rule rule, Connection connection) {
        if (rule.ports().isEmpty()) {
            return true;
        }
        Optional<Transport> transport = connection.transport();
        return transport.isPresent() && rule.ports().stream().anyMatch(port -> port(port, transport.get(), connection));
    }

    private boolean port(PortMatch wanted, Transport transport, Connection connection) {
        if (!wanted.isNamed()) {
            return wanted.contains(transport, connection.port());
        }
        return world.at(connection.destination())
                .filter(it -> it.declares(wanted, transport, connection.port()))
                .isPresent();
    }
}

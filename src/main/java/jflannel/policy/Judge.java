package jflannel.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What the policies say about a connection, policy by policy. This is what the kernel must come to by its tables; it
/// is for those who ask why, and takes its time.
public record Judge(World world) {
    /// What the policies of one direction say.
    ///
    /// @param subject the pod that they protect; empty if the address is no pod's
    /// @param selecting the policies that select it in this direction; if there are none, all is allowed
    /// @param allowing the first rule that allows the connection
    public record Finding(
            Direction direction, Optional<Endpoint> subject, List<Policy> selecting, Optional<Allowance> allowing) {
        public boolean allowed() {
            return selecting.isEmpty() || allowing.isPresent();
        }
    }

    /// A rule that allows a connection.
    ///
    /// @param number of the rule in its list, from 1
    public record Allowance(Policy policy, int number, Rule rule) {}

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
        Optional<Allowance> allowing = Optional.empty();
        for (Policy policy : world.policies()) {
            if (subject.isPresent() && policy.isolates(subject.get(), direction)) {
                selecting.add(policy);
                allowing = allowing.or(() -> allowance(policy, connection, direction));
            }
        }
        return new Finding(direction, subject, selecting, allowing);
    }

    private Optional<Allowance> allowance(Policy policy, Connection connection, Direction direction) {
        List<Rule> rules = policy.rules().get(direction);
        for (int i = 0; i < rules.size(); i++) {
            Rule rule = rules.get(i);
            if (peers(policy, rule, connection, direction) && ports(rule, connection)) {
                return Optional.of(new Allowance(policy, i + 1, rule));
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

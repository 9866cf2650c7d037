package jflannel.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/// What policies allow to an address if their rules are asked tier by tier, each in its order.
///
/// @param policies those that are about a pod in one direction
/// @param subjectPorts what the pod declares by name
record RuleOrder(Direction direction, List<Policy> policies, Map<PortMatch, Set<Integer>> subjectPorts) {

    /// What is still open, and what was decided.
    private static final class Course {
        private PortList open = PortList.ALL;
        private PortList passed = PortList.NONE;
        private PortList allowed = PortList.NONE;

        void take(Action action, PortList ports) {
            PortList matched = open.and(ports);
            open = open.without(ports);
            switch (action) {
                case ALLOW -> allowed = allowed.or(matched);
                case PASS -> passed = passed.or(matched);
                case DENY -> {}
            }
        }

        void nextTier() {
            open = open.or(passed);
            passed = PortList.NONE;
        }
    }

    /// What an address may do.
    ///
    /// @param matches the peers that it is
    /// @param peerPorts what is declared by name there
    PortList allowed(Predicate<Questions.Key> matches, Map<PortMatch, Set<Integer>> peerPorts) {
        Map<PortMatch, Set<Integer>> named = direction == Direction.INGRESS ? subjectPorts : peerPorts;
        Course course = new Course();
        for (Tier tier : Tier.values()) {
            boolean any = false;
            for (Policy policy : policies) {
                if (policy.tier() == tier) {
                    any = true;
                    ask(policy, matches, named, course);
                }
            }
            if (tier == Tier.NAMESPACED && any) {
                return course.allowed;
            }
            course.nextTier();
        }
        return course.allowed.or(course.open);
    }

    private void ask(
            Policy policy, Predicate<Questions.Key> matches, Map<PortMatch, Set<Integer>> named, Course course) {
        for (Rule rule : policy.rules().get(direction)) {
            boolean concerned = rule.peers().isEmpty()
                    || rule.peers().stream().anyMatch(peer -> matches.test(Questions.Key.of(policy, peer)));
            if (concerned) {
                course.take(rule.action(), ports(rule, named));
            }
        }
    }

    private static PortList ports(Rule rule, Map<PortMatch, Set<Integer>> named) {
        if (rule.ports().isEmpty()) {
            return PortList.ALL;
        }
        List<PortMatch> ports = new ArrayList<>();
        for (PortMatch port : rule.ports()) {
            if (port.isNamed()) {
                ports.addAll(DirectionRenderer.numbered(port, named));
            } else {
                ports.add(port);
            }
        }
        return PortList.of(ports);
    }
}

package jflannel.policy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jflannel.ip.Cidr;

/// Renders policies, pods and namespaces for the kernel. What was found out before is kept, so that a small change of
/// the world costs little, and is a small change of the result; apart from numbers, the result depends on the arguments
/// alone.
public final class Renderer {
    private final Numbers numbers = new Numbers();
    private final Map<Direction, Groups> groups = new EnumMap<>(Direction.class);
    private List<Policy> policies = List.of();
    private Map<String, Map<String, String>> namespaces = Map.of();
    private List<Policy> relevant = List.of();
    private Map<Endpoint, List<Policy>> selecting = new IdentityHashMap<>();

    /// @param local this node's subnets
    Rendering render(World world, List<Cidr> local) {
        Map<Endpoint, List<Policy>> subjects = subjects(world, local);
        Rendering rendering = new Rendering();
        Set<Object> used = new HashSet<>();
        List<Policy> before = relevant;
        relevant = relevant(subjects);
        for (Direction direction : Direction.values()) {
            Groups known = groups.get(direction);
            Questions questions =
                    known != null && same(relevant, before) ? known.questions() : Questions.of(relevant, direction);
            if (known == null || !known.answers(questions, world.namespaces())) {
                known = new Groups(direction, questions, world.namespaces());
                groups.put(direction, known);
            }
            DirectionRenderer renderer = new DirectionRenderer(direction, questions, local, numbers, rendering, used);
            renderer.render(known.of(world), subjects, world.nodes());
        }
        numbers.retain(used);
        return rendering;
    }

    /// The policies that select any pod of this node, in their order.
    private List<Policy> relevant(Map<Endpoint, List<Policy>> subjects) {
        Set<Policy> selecting = Collections.newSetFromMap(new IdentityHashMap<>());
        subjects.values().forEach(selecting::addAll);
        return policies.stream().filter(selecting::contains).toList();
    }

    private static boolean same(List<Policy> some, List<Policy> others) {
        boolean same = some.size() == others.size();
        for (int i = 0; same && i < some.size(); i++) {
            same = some.get(i) == others.get(i);
        }
        return same;
    }

    /// The endpoints on this node that are selected by any policy.
    private Map<Endpoint, List<Policy>> subjects(World world, List<Cidr> local) {
        if (!same(world.policies(), policies) || !world.namespaces().equals(namespaces)) {
            policies = world.policies();
            namespaces = world.namespaces();
            selecting = new IdentityHashMap<>();
        }
        Map<Endpoint, List<Policy>> now = new IdentityHashMap<>();
        for (Endpoint endpoint : world.endpoints()) {
            if (isLocal(endpoint, local)) {
                List<Policy> before = selecting.get(endpoint);
                now.put(endpoint, before != null ? before : selecting(world, endpoint));
            }
        }
        selecting = now;
        return now;
    }

    static boolean isLocal(Endpoint endpoint, List<Cidr> local) {
        for (Cidr address : endpoint.addresses()) {
            if (isLocal(address, local)) {
                return true;
            }
        }
        return false;
    }

    static boolean isLocal(Cidr address, List<Cidr> local) {
        for (Cidr subnet : local) {
            if (subnet.contains(address)) {
                return true;
            }
        }
        return false;
    }

    private static List<Policy> selecting(World world, Endpoint endpoint) {
        List<Policy> selecting = new ArrayList<>();
        for (Policy policy : world.policies()) {
            if (world.selects(policy, endpoint)) {
                selecting.add(policy);
            }
        }
        return selecting;
    }
}

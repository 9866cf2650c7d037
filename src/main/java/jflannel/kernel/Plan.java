package jflannel.kernel;

import static java.util.Comparator.comparing;
import static java.util.Comparator.comparingInt;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toSet;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.linux.Errno;
import jflannel.linux.KernelException;

/// The changes that turn one kernel state into another, in an order that never breaks working traffic: new objects
/// before those that rely on them, then deletions in reverse; but whatever would keep the kernel from accepting a new
/// object is deleted right before it. What exists as desired is left alone, whoever made it.
///
/// @param changes in the order in which to make them
/// @param lacking desired objects that cannot be had
/// @param refused why, in the order of discovery
/// @param overriding routes of others that win over desired ones, see [OverridingRoutes]
public record Plan(
        List<Change> changes, Set<KernelObject> lacking, List<KernelException> refused, Set<Route> overriding) {
    /// How a [Change] changes the kernel.
    public enum Verb {
        /// Nothing with this key was there.
        ADD,
        /// Something with this key was there, and is replaced.
        REPLACE,
        DELETE
    }

    /// One thing to do.
    public record Change(Verb verb, KernelObject object) {}

    static final Comparator<KernelObject> DEPENDENCIES_FIRST = comparingInt(KernelObject::rank);
    /// Any order will do to choose between objects with equal keys, as long as it is the same in every run.
    private static final Comparator<KernelObject> BY_TEXT = comparing(KernelObject::toString);

    /// @param actual what the kernel holds, of ours and of others
    /// @param ours which of these may be deleted
    /// @param desired what the kernel should hold; of several with the same key all but one are refused
    public static Plan from(
            Collection<? extends KernelObject> actual,
            Predicate<? super KernelObject> ours,
            Collection<? extends KernelObject> desired) {
        Set<KernelObject> present = new HashSet<>(actual);
        Set<Object> taken = actual.stream().map(KernelObject::key).collect(toSet());
        Map<KernelObject, KernelException> refused = new LinkedHashMap<>();
        Map<Object, KernelObject> wanted = onePerKey(desired, refused);
        yieldToTheKernelsRoutes(wanted, present, refused);
        Map<Object, List<KernelObject>> standing = inTheWay(present);
        Stream<Change> puts = wanted.values().stream()
                .filter(o -> !present.contains(o))
                .sorted(DEPENDENCIES_FIRST)
                .flatMap(o -> taken.contains(o.key())
                        ? replace(o, standing.getOrDefault(o.key(), List.of()))
                        : Stream.of(new Change(Verb.ADD, o)));
        Stream<Change> deletions = present.stream()
                .filter(o -> isLeftOver(o, wanted.get(o.key()), present) && ours.test(o))
                .sorted(DEPENDENCIES_FIRST.reversed())
                .map(o -> new Change(Verb.DELETE, o));
        return new Plan(
                Stream.concat(puts, deletions).toList(),
                refused.keySet(),
                List.copyOf(refused.values()),
                OverridingRoutes.among(present, ours, wanted.values()));
    }

    /// The changes from what was desired before, and is in the kernel, to what is desired now.
    ///
    /// @param before by key, without what the kernel refused
    /// @param now by key
    /// @param mayDelete false to keep what is no longer desired
    /// @return empty if the kernel has to be read first: it refuses a route while another is in its place
    public static Optional<Plan> between(
            Map<Object, KernelObject> before, Map<Object, KernelObject> now, boolean mayDelete) {
        List<Change> changes = new ArrayList<>();
        for (KernelObject object : now.values()) {
            KernelObject old = before.get(object.key());
            if (object instanceof Route route && old instanceof Route former && route.ifIndex() != former.ifIndex()) {
                return Optional.empty();
            }
            if (!object.equals(old)) {
                changes.add(new Change(old == null ? Verb.ADD : Verb.REPLACE, object));
            }
        }
        changes.sort(comparing(Change::object, DEPENDENCIES_FIRST));
        if (mayDelete) {
            before.values().stream()
                    .filter(object -> !now.containsKey(object.key()))
                    .sorted(DEPENDENCIES_FIRST.reversed())
                    .forEach(object -> changes.add(new Change(Verb.DELETE, object)));
        }
        return Optional.of(ofChanges(changes));
    }

    /// The networks whose packets take another way afterwards: what leads there now goes.
    Set<Cidr> moved() {
        Set<Cidr> moved = new HashSet<>();
        for (Change change : changes) {
            if (change.verb == Verb.DELETE) {
                switch (change.object) {
                    case WireguardPeer peer -> moved.addAll(peer.networks());
                    case Route route -> moved.add(route.destination());
                    default -> {} // leads nowhere
                }
            }
        }
        return moved;
    }

    /// A plan of these changes alone.
    public static Plan of(Change... changes) {
        return ofChanges(List.of(changes));
    }

    /// As [#of], of a list.
    public static Plan ofChanges(List<Change> changes) {
        return new Plan(changes, Set.of(), List.of(), Set.of());
    }

    /// What the kernel does not always replace by another with the same key.
    private static Map<Object, List<KernelObject>> inTheWay(Set<KernelObject> present) {
        return present.stream()
                .filter(object -> object instanceof RoutingRule
                        || object instanceof Route route && route.destination().family() == Family.IPV6)
                .collect(groupingBy(KernelObject::key));
    }

    /// The kernel refuses a second rule with the same key, and a gateway "on the link" of one device while a route
    /// leads to it by another device, for IPv6
    /// only (ip6_route_check_nh_onlink, net/ipv6/route.c). The gateway to a subnet lies in that subnet, so the
    /// route to be replaced is such a route. It is deleted right before the new one is added.
    private static Stream<Change> replace(KernelObject object, List<KernelObject> there) {
        List<Change> first = there.stream()
                .filter(old -> mustGoFirst(old, object))
                .map(old -> new Change(Verb.DELETE, old))
                .toList();
        Verb verb = first.isEmpty() || first.size() < there.size() ? Verb.REPLACE : Verb.ADD;
        return Stream.concat(first.stream(), Stream.of(new Change(verb, object)));
    }

    private static boolean mustGoFirst(KernelObject old, KernelObject successor) {
        return old instanceof RoutingRule
                || old instanceof Route former
                        && successor instanceof Route route
                        && route.onlink()
                        && former.ifIndex() != route.ifIndex();
    }

    private static Map<Object, KernelObject> onePerKey(
            Collection<? extends KernelObject> desired, Map<KernelObject, KernelException> refused) {
        Map<Object, KernelObject> wanted = HashMap.newHashMap(desired.size());
        for (KernelObject object : desired) {
            KernelObject other = wanted.put(object.key(), object);
            if (other != null && !other.equals(object)) {
                KernelObject first = BY_TEXT.compare(other, object) < 0 ? other : object;
                KernelObject second = first == object ? other : object;
                wanted.put(object.key(), first);
                refused.put(second, refusal(second, "it is also desired as " + first));
            }
        }
        return wanted;
    }

    /// Drops wanted routes to where the kernel itself made a route, because this node is attached to that network:
    /// replacing such a route cuts off the node's own pods.
    private static void yieldToTheKernelsRoutes(
            Map<Object, KernelObject> wanted, Set<KernelObject> present, Map<KernelObject, KernelException> refused) {
        Map<Cidr, Route> kernels = new HashMap<>();
        for (KernelObject object : present) {
            if (object instanceof Route route && route.madeByKernel()) {
                kernels.put(route.destination(), route);
            }
        }
        wanted.values().removeIf(object -> {
            if (!(object instanceof Route route)
                    || present.contains(route) && route.madeByKernel()
                    || !kernels.containsKey(route.destination())
                    || route.standsBehind(kernels.get(route.destination()))) {
                return false;
            }
            int device = kernels.get(route.destination()).ifIndex();
            refused.put(route, refusal(route, "this node is attached to that network by dev " + device));
            return true;
        });
    }

    private static KernelException refusal(KernelObject object, String reason) {
        return new KernelException("put " + object, Errno.EEXIST.number(), reason);
    }

    /// An object that a wanted one is about to replace is not deleted; but one that exists beside the wanted one is.
    private static boolean isLeftOver(KernelObject object, KernelObject wanted, Set<KernelObject> present) {
        return wanted == null || !object.equals(wanted) && present.contains(wanted);
    }
}

package jflannel.kernel;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import jflannel.ip.Cidr;

/// Routes that somebody else made and that win over ours, because they lead to a part of the same subnet, or have a
/// better metric. They are left alone, but packets for that subnet do not go where they should.
final class OverridingRoutes {
    private OverridingRoutes() {}

    /// @param present what the kernel holds
    /// @param ours which of it is to be deleted anyway
    /// @param wanted what it should hold
    /// @return ordered by destination
    static Set<Route> among(
            Collection<KernelObject> present,
            Predicate<? super KernelObject> ours,
            Collection<? extends KernelObject> wanted) {
        Map<Route.Target, Route> byTarget = new HashMap<>();
        for (KernelObject object : wanted) {
            if (object instanceof Route route) {
                byTarget.merge(route.target(), route, OverridingRoutes::better);
            }
        }
        List<Route> found = present.stream()
                .filter(Route.class::isInstance)
                .map(Route.class::cast)
                .filter(route -> wins(route, byTarget) && !wanted.contains(route) && !ours.test(route))
                .sorted(Comparator.comparing(Route::destination))
                .toList();
        return new LinkedHashSet<>(found);
    }

    private static Route better(Route one, Route other) {
        return isBetter(one, other) ? one : other;
    }

    private static boolean isBetter(Route one, Route other) {
        return Integer.compareUnsigned(one.metric(), other.metric()) < 0;
    }

    private static boolean wins(Route route, Map<Route.Target, Route> wanted) {
        Route sameDestination = wanted.get(route.target());
        return sameDestination != null && isBetter(route, sameDestination)
                || IntStream.range(0, route.destination().length())
                        .mapToObj(length -> new Cidr(route.destination().address(), length))
                        .anyMatch(around -> wanted.containsKey(new Route.Target(around, route.table())));
    }
}

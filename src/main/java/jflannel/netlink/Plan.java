package jflannel.netlink;

import static java.util.Comparator.comparingInt;
import static java.util.stream.Collectors.toMap;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The changes that turn one kernel state into another, in an order that never breaks working traffic:
/// new objects before those that rely on them, then deletions the other way round.
public record Plan(List<KernelObject> put, List<KernelObject> delete) {
    private static final Comparator<KernelObject> DEPENDENCIES_FIRST = comparingInt(KernelObject::rank);

    /// @param actual what the kernel holds of ours
    /// @param desired what it should hold; no two with equal keys
    public static Plan from(Set<KernelObject> actual, Collection<? extends KernelObject> desired) {
        Map<Object, KernelObject> wanted = desired.stream().collect(toMap(KernelObject::key, o -> o));
        return new Plan(
                wanted.values().stream()
                        .filter(o -> !actual.contains(o))
                        .sorted(DEPENDENCIES_FIRST)
                        .toList(),
                actual.stream()
                        .filter(o -> isLeftOver(o, wanted.get(o.key()), actual))
                        .sorted(DEPENDENCIES_FIRST.reversed())
                        .toList());
    }

    /// An object whose place a wanted one is about to take is not deleted, since putting replaces it; but one that
    /// stands beside the wanted one is.
    private static boolean isLeftOver(KernelObject object, KernelObject wanted, Set<KernelObject> actual) {
        return wanted == null || !object.equals(wanted) && actual.contains(wanted);
    }
}

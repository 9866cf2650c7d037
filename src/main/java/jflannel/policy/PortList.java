package jflannel.policy;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/// Ports of all protocols, or of some the ranges, none of which overlap.
///
/// @param all true for everything, also what has no ports
/// @param ranges in order
record PortList(boolean all, List<PortMatch> ranges) {
    static final PortList ALL = new PortList(true, List.of());
    static final PortList NONE = new PortList(false, List.of());

    static PortList of(Collection<PortMatch> ports) {
        List<PortMatch> sorted = new ArrayList<>(ports);
        sorted.sort(Comparator.comparing(PortMatch::transport).thenComparing(PortMatch::from));
        List<PortMatch> ranges = new ArrayList<>();
        for (PortMatch next : sorted) {
            PortMatch last = ranges.isEmpty() ? null : ranges.getLast();
            if (last != null && last.transport() == next.transport() && next.from() <= last.to() + 1) {
                int to = Math.max(last.to(), next.to());
                ranges.set(ranges.size() - 1, PortMatch.range(last.transport(), last.from(), to));
            } else {
                ranges.add(next);
            }
        }
        return new PortList(false, List.copyOf(ranges));
    }

    PortList and(PortList other) {
        if (all || other.all) {
            return ALL;
        }
        List<PortMatch> both = new ArrayList<>(ranges);
        both.addAll(other.ranges);
        return of(both);
    }

    boolean isEmpty() {
        return !all && ranges.isEmpty();
    }
}

package jflannel.policy;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// A set of ports.
///
/// @param others with what has no ports, such as ICMP
/// @param ranges in order; none overlaps or touches another
record PortList(boolean others, List<PortMatch> ranges) {
    static final PortList ALL =
            new PortList(true, Stream.of(Transport.values()).map(PortMatch::all).toList());
    static final PortList NONE = new PortList(false, List.of());

    static PortList of(Collection<PortMatch> ports) {
        return of(false, ports);
    }

    private static PortList of(boolean others, Collection<PortMatch> ports) {
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
        return new PortList(others, List.copyOf(ranges));
    }

    /// What is in either.
    PortList or(PortList other) {
        if (all() || other.isEmpty()) {
            return this;
        }
        if (other.all() || isEmpty()) {
            return other;
        }
        List<PortMatch> both = new ArrayList<>(ranges);
        both.addAll(other.ranges);
        return of(others || other.others, both);
    }

    /// What is in both.
    PortList and(PortList other) {
        return all()
                ? other
                : other.all() ? this : inverse().or(other.inverse()).inverse();
    }

    PortList without(PortList other) {
        return and(other.inverse());
    }

    private PortList inverse() {
        List<PortMatch> gaps = new ArrayList<>();
        for (Transport transport : Transport.values()) {
            int from = 0;
            for (PortMatch range : ranges) {
                if (range.transport() == transport) {
                    if (range.from() > from) {
                        gaps.add(PortMatch.range(transport, from, range.from() - 1));
                    }
                    from = range.to() + 1;
                }
            }
            if (from <= PortMatch.LAST) {
                gaps.add(PortMatch.range(transport, from, PortMatch.LAST));
            }
        }
        return new PortList(!others, List.copyOf(gaps));
    }

    boolean all() {
        return others && ranges.equals(ALL.ranges);
    }

    boolean isEmpty() {
        return !others && ranges.isEmpty();
    }
}

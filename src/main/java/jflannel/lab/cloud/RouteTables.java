package jflannel.lab.cloud;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import jflannel.ip.Cidr;

/// The route tables of a VPC, and what they were a moment ago: reads may show that. Not for several threads.
final class RouteTables {
    /// @param id of the route, where routes have one
    /// @param target in the cloud's words
    /// @param text who made it: for EC2 the origin, such as `CreateRoute`; for others a name or a description
    record Entry(String id, String target, String text) {}

    private record Moment(long nanos, Map<String, Map<Cidr, Entry>> tables) {}

    private final LongSupplier clock;
    private final Map<String, Map<Cidr, Entry>> tables = new LinkedHashMap<>();
    private final Deque<Moment> past = new ArrayDeque<>();

    RouteTables(LongSupplier clock) {
        this.clock = clock;
    }

    void add(String table) {
        tables.put(table, new TreeMap<>());
    }

    /// Those of now.
    Map<String, Map<Cidr, Entry>> now() {
        return tables;
    }

    void changed() {
        Map<String, Map<Cidr, Entry>> copy = new LinkedHashMap<>();
        tables.forEach((id, routes) -> copy.put(id, new TreeMap<>(routes)));
        past.addLast(new Moment(clock.getAsLong(), copy));
    }

    /// Those that a read shows.
    Map<String, Map<Cidr, Entry>> shown(long lagNanos) {
        while (past.size() > 1
                && past.peekFirst() != past.peekLast()
                && second().nanos <= clock.getAsLong() - lagNanos) {
            past.removeFirst();
        }
        return lagNanos == 0 || past.isEmpty() ? tables : past.peekFirst().tables;
    }

    private Moment second() {
        return past.stream().skip(1).findFirst().orElseThrow();
    }
}

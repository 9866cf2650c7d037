package jflannel.policy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;

/// The blocks of addresses that rules name, cut into ranges that no rule divides.
final class Blocks {
    /// Addresses that mean the same to all rules.
    record Range(Ip from, Ip to, Set<Object> meanings) {}

    /// A block, and what it is named by.
    record Named(Peer.Block block, Object meaning) {}

    private Blocks() {}

    static List<Range> ranges(Set<Named> all, Family family) {
        TreeMap<Ip, Set<Named>> begins = new TreeMap<>();
        TreeMap<Ip, Set<Named>> ends = new TreeMap<>();
        for (Named named : all) {
            if (named.block.cidr().family() == family) {
                parts(named.block, family).forEach((from, to) -> {
                    begins.computeIfAbsent(from, _ -> new HashSet<>()).add(named);
                    ends.computeIfAbsent(to, _ -> new HashSet<>()).add(named);
                });
            }
        }
        return swept(begins, ends, family);
    }

    /// What is left of a block without its exceptions: first and last addresses.
    private static Map<Ip, Ip> parts(Peer.Block block, Family family) {
        TreeMap<Ip, Ip> parts = new TreeMap<>();
        Ip from = block.cidr().address();
        Ip last = block.cidr().last();
        for (Cidr hole : new TreeSet<>(block.except())) {
            if (hole.address().compareTo(from) > 0) {
                parts.put(from, hole.address().previous());
            }
            if (hole.last().compareTo(from) >= 0) {
                if (hole.last().equals(last)) {
                    return parts;
                }
                from = hole.last().plus(1);
            }
        }
        parts.put(from, last);
        return parts;
    }

    private static List<Range> swept(TreeMap<Ip, Set<Named>> begins, TreeMap<Ip, Set<Named>> ends, Family family) {
        TreeSet<Ip> starts = new TreeSet<>(begins.keySet());
        Ip highest = Cidr.all(family).last();
        ends.keySet().stream().filter(it -> !it.equals(highest)).forEach(it -> starts.add(it.plus(1)));
        List<Range> ranges = new ArrayList<>();
        Set<Named> open = new HashSet<>();
        for (Ip from : starts) {
            if (!from.isAny()) {
                open.removeAll(ends.getOrDefault(from.previous(), Set.of()));
            }
            open.addAll(begins.getOrDefault(from, Set.of()));
            if (!open.isEmpty()) {
                Ip next = starts.higher(from);
                Set<Object> meanings = new HashSet<>();
                open.forEach(named -> meanings.add(named.meaning));
                ranges.add(new Range(from, next == null ? highest : next.previous(), meanings));
            }
        }
        return ranges;
    }
}

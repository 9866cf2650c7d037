package jflannel.ipsec;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import jflannel.ip.Ip;
import jflannel.kernel.XfrmPolicy;
import jflannel.kernel.XfrmState;
import jflannel.vici.Section;

/// Compares what charon believes the kernel to have with what it has: charon is not told when somebody deletes keys,
/// and one that was killed leaves its own behind.
///
/// Both are asked one after the other while keys come and go, so a difference counts only if it lasts.
final class KernelKeys {
    /// How long packets that were encrypted with old keys may be on their way, and a peer may take to use the new ones.
    private static final Duration ORPHANED = Duration.ofSeconds(10);

    private Set<String> suspects = Set.of();
    private final Map<XfrmState, Long> orphans = new HashMap<>();

    /// What a look has found.
    ///
    /// @param lost numbers of the children whose keys the kernel does not have
    /// @param unsure true if another look is needed to tell
    /// @param orphans keys that charon does not know, and that nobody needs
    record Found(Set<String> lost, boolean unsure, List<XfrmState> orphans) {}

    /// @param sas as charon lists them
    /// @param states all keys that the kernel has
    /// @param needed true for a peer whose keys must stay even if charon does not know them
    /// @param now as [System#nanoTime]
    Found compare(List<Section> sas, List<XfrmState> states, Predicate<Ip> needed, long now) {
        Map<Integer, XfrmState> unknown = new HashMap<>();
        states.stream()
                .filter(state -> state.reqid() == XfrmPolicy.OURS)
                .forEach(state -> unknown.put(state.spi(), state));
        Set<Integer> present = Set.copyOf(unknown.keySet());
        Set<String> without = new HashSet<>();
        for (Section sa : sas) {
            for (Section child : sa.section("child-sas").sections().values()) {
                List<Integer> numbers = List.of(spi(child, "spi-in"), spi(child, "spi-out"));
                numbers.forEach(unknown::remove);
                if (SecurityAssociation.hasKeys(child) && !present.containsAll(numbers)) {
                    without.add(child.text("uniqueid"));
                }
            }
        }
        Set<String> lost = new HashSet<>(without);
        lost.retainAll(suspects);
        boolean unsure = lost.size() < without.size();
        suspects = Set.copyOf(without);
        return new Found(lost, unsure, orphaned(unknown, needed, now));
    }

    private List<XfrmState> orphaned(Map<Integer, XfrmState> unknown, Predicate<Ip> needed, long now) {
        orphans.keySet().retainAll(Set.copyOf(unknown.values()));
        List<XfrmState> old = new ArrayList<>();
        for (XfrmState state : unknown.values()) {
            long since = orphans.computeIfAbsent(state, _ -> now);
            boolean over = now - since >= ORPHANED.toNanos();
            if (over && !needed.test(state.from()) && !needed.test(state.to())) {
                old.add(state);
            }
        }
        return old;
    }

    private static int spi(Section child, String name) {
        try {
            return Integer.parseUnsignedInt(child.text(name), 16);
        } catch (NumberFormatException e) {
            return 0; // it has none yet
        }
    }
}

package jflannel.kernel;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import jflannel.linux.KernelException;

/// What converging did.
///
/// @param put objects added or replaced
/// @param deleted objects removed
/// @param lacking objects that could not be added: those of `refused` that are not deletions
/// @param refused what the kernel refused to do, with its reasons; the rest was done
public record Outcome(
        List<KernelObject> put, List<KernelObject> deleted, Set<KernelObject> lacking, List<KernelException> refused) {
    public static final Outcome NOTHING = new Outcome(List.of(), List.of(), Set.of(), List.of());

    public Outcome {
        put = List.copyOf(put);
        deleted = List.copyOf(deleted);
        lacking = Set.copyOf(lacking);
        refused = List.copyOf(refused);
    }

    public Outcome and(Outcome other) {
        Set<KernelObject> lackingBoth = new HashSet<>(lacking);
        lackingBoth.addAll(other.lacking);
        return new Outcome(
                join(put, other.put), join(deleted, other.deleted), lackingBoth, join(refused, other.refused));
    }

    public boolean changed() {
        return !put.isEmpty() || !deleted.isEmpty();
    }

    private static <T> List<T> join(List<T> first, List<T> second) {
        List<T> all = new ArrayList<>(first);
        all.addAll(second);
        return all;
    }
}

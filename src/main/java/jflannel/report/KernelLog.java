package jflannel.report;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jflannel.kernel.DeviceNames;
import jflannel.kernel.Kernel;
import jflannel.kernel.Outcome;
import jflannel.work.LogLimit;

/// Tells in the log what passes change in the kernel, and what it refuses. For one thread.
public final class KernelLog {
    /// Of a long list of changes, how many to name.
    private static final int NAMED = 6;

    private final LogLimit log;
    private final Kernel kernel;
    private Set<String> refusals = Set.of();

    /// @param kernel is asked for the names of devices
    public KernelLog(LogLimit log, Kernel kernel) {
        this.log = log;
        this.kernel = kernel;
    }

    /// Tells of a pass over everything.
    ///
    /// @param expected true if what the node goes by has changed, so that changes are no repairs
    /// @return the same, or true if something refused before is refused no more, which explains changes too
    public boolean pass(Outcome outcome, boolean expected) throws IOException {
        if (!outcome.changed() && outcome.refused().isEmpty() && refusals.isEmpty()) {
            return expected;
        }
        DeviceNames names = DeviceNames.of(kernel.links());
        boolean explained = tellRefusals(outcome, names) || expected;
        tellChanges(outcome, names, explained);
        return explained;
    }

    /// Logs what was put right.
    public void repair(Outcome outcome) throws IOException {
        tellChanges(outcome, DeviceNames.of(kernel.links()), false);
    }

    /// @return true if something refused before is refused no more
    private boolean tellRefusals(Outcome outcome, DeviceNames names) {
        Set<String> refused = outcome.refused().stream()
                .map(refusal -> names.in(refusal.getMessage()))
                .collect(Collectors.toSet());
        refused.stream()
                .filter(refusal -> !refusals.contains(refusal))
                .forEach(refusal -> log.log(Level.WARNING, "the kernel refuses: " + refusal));
        boolean fewer = !refused.containsAll(refusals);
        refusals = refused;
        return fewer;
    }

    private void tellChanges(Outcome outcome, DeviceNames names, boolean expected) {
        if (outcome.changed()) {
            log.log(
                    expected ? Level.INFO : Level.WARNING,
                    (expected ? "changed: " : "repaired what somebody else changed: ") + names.in(words(outcome)));
        }
    }

    /// Puts into words only what is named: the first pass of a large cluster changes thousands of objects.
    private static String words(Outcome outcome) {
        String named = Stream.concat(
                        outcome.put().stream().map(object -> (Supplier<String>) () -> "put " + object),
                        outcome.deleted().stream().map(object -> (Supplier<String>) () -> "deleted " + object))
                .limit(NAMED)
                .map(Supplier::get)
                .collect(Collectors.joining(", "));
        int all = outcome.put().size() + outcome.deleted().size();
        return all <= NAMED ? named : named + " and " + (all - NAMED) + " more";
    }
}

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

/// Logs what passes change in the kernel, and what it refuses. For one thread.
public final class KernelLog {
    /// How many changes to name of a long list.
    private static final int NAMED = 6;

    private final LogLimit log;
    private final Kernel kernel;
    private Set<String> refusals = Set.of();

    /// @param kernel is asked for the names of devices
    public KernelLog(LogLimit log, Kernel kernel) {
        this.log = log;
        this.kernel = kernel;
    }

    /// Logs a pass over everything.
    ///
    /// @param expected true if leases or configuration have changed, so that changes are not repairs
    /// @return the same, or true if something is no longer refused, which also explains changes
    public boolean pass(Outcome outcome, boolean expected) throws IOException {
        if (!outcome.changed() && outcome.refused().isEmpty() && refusals.isEmpty()) {
            return expected;
        }
        DeviceNames names = DeviceNames.of(kernel.links());
        boolean explained = tellRefusals(outcome, names) || expected;
        tellChanges(outcome, names, explained);
        return explained;
    }

    /// Logs a repair.
    public void repair(Outcome outcome) throws IOException {
        tellChanges(outcome, DeviceNames.of(kernel.links()), false);
    }

    /// @return true if something is no longer refused
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

    /// Renders only what is named: the first pass of a large cluster changes thousands of objects.
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

package jflannel.report;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jflannel.kernel.Address;
import jflannel.kernel.Clsact;
import jflannel.kernel.DeviceNames;
import jflannel.kernel.Filter;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Neighbor;
import jflannel.kernel.Outcome;
import jflannel.kernel.Route;
import jflannel.kernel.RoutingRule;
import jflannel.kernel.WireguardPeer;
import jflannel.kernel.XfrmPolicy;
import jflannel.work.LogLimit;

/// Logs what passes change in the kernel, and what it refuses. For one thread.
public final class KernelLog {
    /// How many changes to name of a long list.
    private static final int NAMED = 6;

    private static final String HINT =
            "; if that was a DHCP client, have it leave flannel* alone, as \"denyinterfaces flannel*\" does for dhcpcd";

    private final LogLimit log;
    private final Consumer<String> repairs;
    private final Names names;
    private Set<String> refusals = Set.of();

    /// What devices are called now.
    @FunctionalInterface
    public interface Names {
        DeviceNames get() throws IOException;
    }

    /// @param repairs hears what was repaired
    public KernelLog(LogLimit log, Names names, Consumer<String> repairs) {
        this.log = log;
        this.repairs = repairs;
        this.names = names;
    }

    /// Logs a pass over everything.
    ///
    /// @param expected true if leases or configuration have changed, so that changes are not repairs
    /// @return the same, or true if something is no longer refused, which also explains changes
    public boolean pass(Outcome outcome, boolean expected) throws IOException {
        if (!outcome.changed() && outcome.refused().isEmpty() && refusals.isEmpty()) {
            return expected;
        }
        DeviceNames now = names.get();
        boolean explained = tellRefusals(outcome, now) || expected;
        tellChanges(outcome, now, explained);
        return explained;
    }

    /// Logs a repair.
    public void repair(Outcome outcome) throws IOException {
        tellChanges(outcome, names.get(), false);
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
        if (!outcome.changed()) {
            return;
        }
        String words = names.in(words(outcome));
        if (expected) {
            log.log(Level.INFO, "changed: " + words);
        } else {
            repairs.accept(words);
            boolean hint = outcome.deleted().stream().anyMatch(KernelLog::isOfClient);
            log.log(Level.WARNING, "repaired what another program changed: " + words + (hint ? HINT : ""));
        }
    }

    /// True for what a client of DHCP, or a program that manages networks, gives to any device that it finds.
    private static boolean isOfClient(KernelObject deleted) {
        return switch (deleted) {
            case Address _ -> true;
            case Route route -> route.destination().length() == 0;
            case Clsact _, Filter _, Neighbor _, RoutingRule _, WireguardPeer _, XfrmPolicy _ -> false;
        };
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

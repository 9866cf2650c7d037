package jflannel.control;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.function.Consumer;
import java.util.function.Predicate;
import jflannel.kernel.Kernel;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Ownership;
import jflannel.kernel.Plan;
import jflannel.status.Board;
import jflannel.work.Keeper;

/// Compares the kernel's tables with what they should hold, on a thread of its own: with thousands of peers that
/// takes a tenth of a second, and no new peer should wait for it. The control thread decides what to do about
/// differences, because the desired state may have changed meanwhile.
final class Audit implements AutoCloseable {
    private static final Duration ON_REQUEST = Duration.ofDays(1);
    /// Audits that nothing calls for may take one part in this many of a processor's time.
    private static final int SHARE = 1000;

    private final Kernel kernel;
    private final Consumer<Findings> report;
    private final Keeper<Request> keeper;
    /// By the clock of [System#nanoTime]: when the next audit is due even if nothing calls for it.
    private volatile long due = System.nanoTime();

    /// What to compare the kernel with. Each request is one of a kind.
    private static final class Request {
        final Ownership ours;
        final Collection<KernelObject> desired;

        Request(Ownership ours, Collection<KernelObject> desired) {
            this.ours = ours;
            this.desired = desired;
        }
    }

    /// What differed.
    record Findings(Plan plan) {
        /// The changes that are still wanted.
        Plan asFar(Predicate<Plan.Change> stillRight) {
            return new Plan(
                    plan.changes().stream().filter(stillRight).toList(),
                    plan.lacking(),
                    plan.refused(),
                    plan.overriding());
        }
    }

    /// @param kernel for this thread alone
    /// @param report gets the findings of each audit, on this thread
    Audit(Kernel kernel, Board board, Consumer<Findings> report) {
        this.kernel = kernel;
        this.report = report;
        this.keeper = new Keeper<>("audit", board, this::look);
    }

    /// Requests a comparison with this, soon.
    void request(Ownership ours, Collection<KernelObject> desired) {
        keeper.keep(new Request(ours, desired));
    }

    /// True if the last audit was long enough ago for one that nothing calls for: a second for each millisecond that it
    /// took.
    boolean isDue() {
        return System.nanoTime() - due >= 0;
    }

    private Duration look(Request request) {
        long start = System.nanoTime();
        try {
            report.accept(new Findings(kernel.plan(request.ours, request.desired)));
        } catch (IOException e) {
            throw new IllegalStateException("the kernel's tables cannot be read: " + e.getMessage(), e);
        }
        long end = System.nanoTime();
        due = end + SHARE * (end - start);
        return ON_REQUEST;
    }

    @Override
    public void close() {
        keeper.close();
        kernel.close();
    }
}

package jflannel.control;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jflannel.backend.DesiredState;
import jflannel.kernel.DesiredIndex;
import jflannel.kernel.Kernel;
import jflannel.kernel.KernelNews;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Link;
import jflannel.kernel.Outcome;
import jflannel.kernel.Ownership;
import jflannel.kernel.Plan;
import jflannel.kernel.Repair;
import jflannel.kernel.Route;

/// The kernel's tables of addresses, routes, neighbors and forwarding entries, made to match a [DesiredState]. It
/// remembers what it gave the kernel and what the kernel refused, so that a change costs only what changed. For the
/// control thread, except for [#repairFor].
final class KernelTables implements AutoCloseable {
    private static final Duration BETWEEN_AUDITS = Duration.ofSeconds(1);

    private final Kernel kernel;
    private final Audit audit;
    private final DesiredIndex index = new DesiredIndex();
    private DesiredState state;
    private Ownership ownership = Ownership.NONE;

    /// The objects that the kernel refused at the last full look, with the reasons.
    private Outcome refused = Outcome.NOTHING;

    /// As of the last full look or audit.
    private Set<Route> overriding = Set.of();

    private long nextAudit = System.nanoTime();

    KernelTables(Kernel kernel, Audit audit) {
        this.kernel = kernel;
        this.audit = audit;
    }

    /// Reads the tables, and makes them match.
    ///
    /// @param devices that the objects are on, by name
    Outcome converge(DesiredState desired, Ownership ours, Map<String, Link> devices) throws IOException {
        state = desired;
        ownership = ours;
        index.replace(devices, state.objects(), ours);
        Plan plan = kernel.plan(ours, state.objects());
        overriding = plan.overriding();
        Outcome outcome = kernel.apply(plan);
        refused = new Outcome(List.of(), List.of(), outcome.lacking(), outcome.refused());
        return outcome;
    }

    /// Applies a change of the desired state without reading the tables.
    ///
    /// @return empty if the kernel must be read first, or refused something
    Optional<Outcome> update(DesiredState.Changes changes, Ownership ours, boolean mayDelete) throws IOException {
        ownership = ours;
        index.change(changes.before().keySet(), changes.now().values(), ours);
        Optional<Plan> plan = Plan.between(possible(changes.before()), possible(changes.now()), mayDelete);
        if (plan.isEmpty()) {
            return Optional.empty();
        }
        Outcome outcome = kernel.apply(plan.get());
        return outcome.refused().isEmpty()
                ? Optional.of(new Outcome(outcome.put(), outcome.deleted(), refused.lacking(), refused.refused()))
                : Optional.empty();
    }

    /// The objects without those that the kernel refused at the last full look, which are not retried now.
    private Map<Object, KernelObject> possible(Map<Object, KernelObject> objects) {
        Map<Object, KernelObject> possible = objects;
        for (KernelObject lacking : refused.lacking()) {
            if (lacking.equals(objects.get(lacking.key()))) {
                possible = possible == objects ? new HashMap<>(objects) : possible;
                possible.remove(lacking.key());
            }
        }
        return possible;
    }

    /// True if the kernel refused something at the last full look.
    boolean lackSomething() {
        return !refused.lacking().isEmpty();
    }

    /// The repair that a piece of kernel news calls for. Any thread may call it.
    Repair repairFor(KernelNews news) {
        return index.repairFor(news);
    }

    /// Puts and deletes single objects.
    Outcome repair(List<Repair> repairs) throws IOException {
        List<Plan.Change> changes = new ArrayList<>();
        for (Repair repair : repairs) {
            switch (repair) {
                case Repair.Put(KernelObject object) -> changes.add(new Plan.Change(Plan.Verb.REPLACE, object));
                case Repair.Delete(KernelObject object) -> changes.add(new Plan.Change(Plan.Verb.DELETE, object));
                case Repair.Nothing(), Repair.Audit(), Repair.Pass() -> {}
            }
        }
        return kernel.apply(Plan.ofChanges(changes));
    }

    /// Repairs what an audit found, as far as it is still wanted.
    Outcome repair(Audit.Findings findings) throws IOException {
        overriding = findings.plan().overriding();
        return kernel.apply(findings.asFar(this::isStillRight));
    }

    private boolean isStillRight(Plan.Change change) {
        KernelObject wanted = state.object(change.object().key());
        return change.verb() == Plan.Verb.DELETE
                ? wanted == null
                : change.object().equals(wanted) && !refused.lacking().contains(wanted);
    }

    /// Requests an audit, but at most one a second.
    void audit() {
        if (state != null && System.nanoTime() - nextAudit >= 0) {
            nextAudit = System.nanoTime() + BETWEEN_AUDITS.toNanos();
            requestAudit();
        }
    }

    /// Requests an audit if it is time for one that nothing calls for.
    void auditIfDue() {
        if (audit.isDue()) {
            requestAudit();
        }
    }

    private void requestAudit() {
        audit.request(ownership, List.copyOf(held()));
    }

    /// What the kernel holds of what was given to it, as far as is known, until the next change.
    Collection<KernelObject> held() {
        if (refused.lacking().isEmpty()) {
            return state.objects();
        }
        Set<KernelObject> held = new HashSet<>(state.objects());
        refused.lacking().forEach(held::remove);
        return held;
    }

    /// Routes of other programs that take precedence over those to peers, as of the last look.
    Set<Route> overriding() {
        return overriding;
    }

    @Override
    public void close() {
        audit.close();
    }
}

package jflannel.kube;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jflannel.kubeapi.ListWatch;
import jflannel.policy.Inventory;
import jflannel.policy.Policy;
import jflannel.policy.PolicyKind;

/// Takes over policies of one kind. One that cannot be understood takes no effect; if an earlier version of it could
/// be, that stays in force.
final class PolicyListener implements ListWatch.Listener<PolicyForm.Read> {
    private final PolicyKind kind;
    private final Inventory inventory;
    private final Faults report;
    private final Map<String, Policy> good = new HashMap<>();
    private final Map<String, String> faults = new TreeMap<>();

    /// Takes what is wrong with the policies of a kind.
    @FunctionalInterface
    interface Faults {
        void found(PolicyKind kind, List<String> words);
    }

    PolicyListener(PolicyKind kind, Inventory inventory, Faults report) {
        this.kind = kind;
        this.inventory = inventory;
        this.report = report;
    }

    @Override
    public void listed(List<PolicyForm.Read> all) {
        faults.clear();
        good.keySet().retainAll(all.stream().map(PolicyForm.Read::id).toList());
        all.forEach(this::take);
        inventory.listPolicies(kind, good.values());
        report();
    }

    @Override
    public void put(PolicyForm.Read read) {
        take(read);
        if (good.containsKey(read.id())) {
            inventory.putPolicy(good.get(read.id()));
        }
        report();
    }

    @Override
    public void removed(PolicyForm.Read read) {
        good.remove(read.id());
        faults.remove(read.id());
        inventory.removePolicy(read.id());
        report();
    }

    private void take(PolicyForm.Read read) {
        faults.remove(read.id());
        if (!read.fault().isEmpty()) {
            boolean stays = read.policy() == null && good.containsKey(read.id());
            faults.put(
                    read.id(),
                    read.id() + ": " + read.fault() + (stays ? " (its earlier version stays in force)" : ""));
        }
        if (read.policy() != null) {
            good.put(read.id(), read.policy());
        }
    }

    private void report() {
        report.found(kind, List.copyOf(faults.values()));
    }
}

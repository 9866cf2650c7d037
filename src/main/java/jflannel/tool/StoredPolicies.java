package jflannel.tool;

import java.io.IOException;
import java.util.Set;
import jflannel.daemon.Flanneld;
import jflannel.etcd.EtcdPolicies;
import jflannel.etcd.EtcdRecords;
import jflannel.inspect.LocalFlannel;
import jflannel.kube.KubePolicies;
import jflannel.kube.KubeSettings;
import jflannel.policy.Inventory;
import jflannel.policy.Policy;
import jflannel.policy.PolicyException;
import jflannel.policy.PolicyKind;
import jflannel.policy.PolicyReader;
import jflannel.policy.World;
import jflannel.status.Board;
import jflannel.work.Printable;

/// Policies, and what they select, as they are in the store now.
final class StoredPolicies {
    private StoredPolicies() {}

    /// @throws IOException if the store does not answer
    static World of(LocalFlannel flannel) throws IOException {
        if (flannel.options().kube.subnetManager) {
            KubeSettings settings = Flanneld.kubeSettings(
                    flannel.options().kube, flannel.environment(), flannel.file(KubeSettings.SERVICE_ACCOUNT));
            return new KubePolicies(settings.access(), new Board()).world();
        }
        Inventory inventory = new Inventory(Set.of(PolicyKind.NETWORK), () -> {});
        try (EtcdRecords records = StoreFlags.open(flannel.options())) {
            records.policies().texts().forEach((name, text) -> {
                try {
                    Policy policy = PolicyReader.object(text, EtcdPolicies.NAMESPACE);
                    inventory.putPolicy(policy);
                } catch (PolicyException e) {
                    System.err.println(
                            Printable.line("flannel: policy " + name + " is not in force: " + e.getMessage()));
                }
            });
            inventory.listEndpoints(records.all(records.network()).stream()
                    .flatMap(stored -> stored.lease().stream())
                    .map(EtcdPolicies::node)
                    .toList());
        }
        return inventory.world();
    }
}

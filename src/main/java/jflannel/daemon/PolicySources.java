package jflannel.daemon;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import jflannel.etcd.EtcdPolicies;
import jflannel.kube.KubePolicies;
import jflannel.kube.KubeSettings;
import jflannel.options.Options;
import jflannel.policy.PolicySource;
import jflannel.status.Board;

/// Where a node finds the policies that it should enforce. A class of its own, so that a daemon without policies loads
/// none of theirs.
final class PolicySources {
    private PolicySources() {}

    static Optional<PolicySource> of(
            Options options, Duration leaseTime, Map<String, String> environment, Board board) {
        if (options.kube.subnetManager) {
            KubeSettings settings = Flanneld.kubeSettings(options.kube, environment, KubeSettings.SERVICE_ACCOUNT);
            return Optional.of(new KubePolicies(settings.access(), board));
        }
        return Optional.of(new EtcdPolicies(
                Flanneld.etcdSettings(options.etcd, leaseTime, options.node.renewMargin, true), board));
    }
}

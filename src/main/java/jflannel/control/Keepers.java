package jflannel.control;

import java.util.Optional;
import jflannel.firewall.DesiredPeerFilter;
import jflannel.firewall.FirewallConfig;
import jflannel.firewall.RuleKeeper;
import jflannel.foreign.ForeignRuleWatch;
import jflannel.ipsec.IpsecKeeper;

/// The keepers of slow things.
record Keepers(
        RuleKeeper<FirewallConfig> firewall,
        RuleKeeper<DesiredPeerFilter> peerFilter,
        ForeignRuleWatch foreignRules,
        SubnetFileKeeper subnetFile,
        DockerNetworkKeeper dockerNetwork,
        IpsecKeeper ipsec,
        Optional<PolicyFeed> policies,
        ExtensionCommands commands,
        CloudRouting cloudRoutes,
        Optional<IsolationKeeper> isolation)
        implements AutoCloseable {
    @Override
    public void close() {
        firewall.close();
        peerFilter.close();
        foreignRules.close();
        subnetFile.close();
        dockerNetwork.close();
        ipsec.close();
        if (policies.isPresent()) {
            policies.get().close();
        }
        commands.close();
        cloudRoutes.close();
        if (isolation.isPresent()) {
            isolation.get().rules().close();
        }
    }

    /// Reports a change of the nftables table of that name, or of [RuleKeeper#ANY_TABLE]. Any thread may call this.
    void rulesChanged(String table) {
        firewall.rulesChanged(table);
        peerFilter.rulesChanged(table);
        foreignRules.rulesChanged(table);
        if (isolation.isPresent()) {
            isolation.get().rules().rulesChanged(table);
        }
        if (policies.isPresent()) {
            policies.get().rulesChanged(table);
        }
    }
}

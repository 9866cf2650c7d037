package jflannel.lab.faults;

import java.io.IOException;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Predicate;
import jflannel.ip.Family;
import jflannel.lab.LabSetup;
import jflannel.lab.Scenario;

/// Something that goes wrong in a cluster, and what it may cost.
///
/// @param name on the command line
/// @param summary what happens, in a sentence
/// @param clusters those it makes sense with: their backend, address families and kind of firewall
/// @param spec what kind of cluster it needs
/// @param stores what the cluster's leases may be in
/// @param budget what it may cost
/// @param action does it, and undoes what the daemon is not there to undo
/// @param end true when all is well again
/// @param spoils true if the cluster is not as before afterwards, so that the next fault needs another
record Fault(
        String name,
        String summary,
        Predicate<LabSetup> clusters,
        ClusterSpec spec,
        Set<LeaseStoreKind> stores,
        FaultBudget budget,
        Action action,
        ClusterCheck end,
        boolean spoils) {
    static final Set<Scenario> ALL = EnumSet.of(
            Scenario.VXLAN,
            Scenario.VXLAN_EXTERNAL,
            Scenario.WIREGUARD,
            Scenario.HOST_GW,
            Scenario.IPIP,
            Scenario.IPSEC,
            Scenario.EXTENSION,
            Scenario.UDP);
    /// Those whose packets the kernel alone carries.
    static final Set<Scenario> KERNEL = EnumSet.of(
            Scenario.VXLAN,
            Scenario.VXLAN_EXTERNAL,
            Scenario.WIREGUARD,
            Scenario.HOST_GW,
            Scenario.IPIP,
            Scenario.IPSEC,
            Scenario.EXTENSION);
    static final Set<Scenario> VXLAN = EnumSet.of(Scenario.VXLAN);
    /// Those with a device of the kernel's of their own.
    static final Set<Scenario> DEVICE = EnumSet.of(Scenario.VXLAN, Scenario.WIREGUARD, Scenario.IPIP, Scenario.IPSEC);
    static final Set<Scenario> WIREGUARD = EnumSet.of(Scenario.WIREGUARD);
    static final Set<Scenario> IPSEC = EnumSet.of(Scenario.IPSEC);
    static final Set<Scenario> EXTENSION = EnumSet.of(Scenario.EXTENSION);
    static final Set<Scenario> UDP = EnumSet.of(Scenario.UDP);

    /// What is done to a cluster.
    @FunctionalInterface
    interface Action {
        void apply(LabCluster cluster) throws IOException;
    }

    /// Whether a cluster is as it should be.
    @FunctionalInterface
    interface ClusterCheck {
        boolean holds(LabCluster cluster) throws IOException;
    }

    /// A fault after which everything must be as before.
    static Fault of(String name, String summary, FaultBudget budget, Action action) {
        return new Fault(
                name,
                summary,
                setup -> ALL.contains(setup.scenario()),
                ClusterSpec.PLAIN,
                EnumSet.allOf(LeaseStoreKind.class),
                budget,
                action,
                LabCluster::isAsBefore,
                false);
    }

    Fault with(Set<Scenario> backends) {
        return only(setup -> backends.contains(setup.scenario()));
    }

    Fault without(Set<Scenario> backends) {
        return only(setup -> !backends.contains(setup.scenario()));
    }

    Fault withIpv6() {
        return only(setup -> setup.families().contains(Family.IPV6));
    }

    Fault withNftables() {
        return only(LabSetup::nftables);
    }

    /// In clusters whose leases are in this store alone.
    Fault in(LeaseStoreKind store) {
        return new Fault(name, summary, clusters, spec, EnumSet.of(store), budget, action, end, spoils);
    }

    private Fault only(Predicate<LabSetup> which) {
        return new Fault(name, summary, clusters.and(which), spec, stores, budget, action, end, spoils);
    }

    Fault on(ClusterSpec other) {
        return new Fault(name, summary, clusters, other, stores, budget, action, end, spoils);
    }

    Fault costing(FaultBudget other) {
        return new Fault(name, summary, clusters, spec, stores, other, action, end, spoils);
    }

    Fault until(ClusterCheck other) {
        return new Fault(name, summary, clusters, spec, stores, budget, action, other, spoils);
    }

    Fault spoiling() {
        return new Fault(name, summary, clusters, spec, stores, budget, action, end, true);
    }
}

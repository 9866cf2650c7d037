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
/// @param story what happens, in a sentence
/// @param clusters those it makes sense with: their backend, address families and kind of firewall
/// @param stage what kind of cluster it needs
/// @param promise what it may cost
/// @param deed does it, and undoes what the daemon is not there to undo
/// @param end true when all is well again
/// @param spoils true if the cluster is not as before afterwards, so that the next fault needs another
record Fault(
        String name,
        String story,
        Predicate<LabSetup> clusters,
        Stage stage,
        Promise promise,
        Deed deed,
        Condition end,
        boolean spoils) {
    static final Set<Scenario> ALL =
            EnumSet.of(Scenario.VXLAN, Scenario.VXLAN_EXTERNAL, Scenario.HOST_GW, Scenario.UDP);
    static final Set<Scenario> KERNEL = EnumSet.of(Scenario.VXLAN, Scenario.VXLAN_EXTERNAL, Scenario.HOST_GW);
    static final Set<Scenario> VXLAN = EnumSet.of(Scenario.VXLAN);
    static final Set<Scenario> UDP = EnumSet.of(Scenario.UDP);

    /// What is done to a cluster.
    @FunctionalInterface
    interface Deed {
        void happen(Site site) throws IOException;
    }

    /// Whether a cluster is as it should be.
    @FunctionalInterface
    interface Condition {
        boolean holds(Site site) throws IOException;
    }

    /// A fault after which everything must be as before.
    static Fault of(String name, String story, Promise promise, Deed deed) {
        return new Fault(
                name,
                story,
                setup -> ALL.contains(setup.scenario()),
                Stage.PLAIN,
                promise,
                deed,
                Site::isAsBefore,
                false);
    }

    Fault with(Set<Scenario> backends) {
        return only(setup -> backends.contains(setup.scenario()));
    }

    Fault withIpv6() {
        return only(setup -> setup.families().contains(Family.IPV6));
    }

    Fault withNftables() {
        return only(LabSetup::nftables);
    }

    private Fault only(Predicate<LabSetup> which) {
        return new Fault(name, story, clusters.and(which), stage, promise, deed, end, spoils);
    }

    Fault on(Stage other) {
        return new Fault(name, story, clusters, other, promise, deed, end, spoils);
    }

    Fault costing(Promise other) {
        return new Fault(name, story, clusters, stage, other, deed, end, spoils);
    }

    Fault until(Condition other) {
        return new Fault(name, story, clusters, stage, promise, deed, other, spoils);
    }

    Fault spoiling() {
        return new Fault(name, story, clusters, stage, promise, deed, end, true);
    }
}

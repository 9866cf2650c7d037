package jflannel.control;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jflannel.etcd.EtcdPolicies;
import jflannel.ip.Cidr;
import jflannel.metrics.Metric;
import jflannel.names.Names;
import jflannel.policy.Inventory;
import jflannel.policy.PolicyKeeper;
import jflannel.policy.PolicySource;
import jflannel.report.MetricsServer;
import jflannel.status.Board;

/// Enforces network policies: a source says what they are, a keeper programs them, and the control thread says which
/// subnets are this node's. The class is loaded only where policies are wanted.
final class PolicyFeed implements AutoCloseable {
    private static final Logger LOG = System.getLogger(PolicyFeed.class.getName());

    private final PolicyKeeper keeper;
    private final boolean subnets;
    private final PodBridges bridges;
    private final PodNotes notes;
    private final PolicySource.Watch watch;
    private boolean listed;

    /// @param cuts established connections end when policies no longer allow them
    /// @param folder a sign for others, and for later runs, that policies are enforced here
    PolicyFeed(PolicySource source, Names names, Path folder, boolean cuts, Board board) throws IOException {
        Files.createDirectories(folder);
        this.subnets = source.selectsSubnets();
        this.keeper = new PolicyKeeper(names, source, cuts, board);
        this.bridges = new PodBridges(board, keeper.inventory()::setLocal);
        this.notes = new PodNotes(folder, keeper, bridges, !subnets, board);
        this.watch = source.start(keeper.inventory());
    }

    /// Takes away what an earlier run with policies left.
    static void remove(Names names, Path folder) throws IOException {
        PolicyKeeper.remove(names);
        PolicyKeeper.forget(folder);
        LOG.log(Level.INFO, "network policy is off: its tables were removed");
    }

    void rulesChanged(String table) {
        keeper.rulesChanged(table);
    }

    /// Shows what was refused.
    void show(MetricsServer metrics) {
        metrics.show(readings -> keeper.refused((policy, direction, packets) ->
                readings.put(Metric.POLICY_REFUSED, packets, policy, direction.word())));
    }

    /// Takes over what the control thread knows.
    void see(Node.View view) {
        List<Cidr> local = view.own().isOfHost() ? List.of() : view.own().cidrs();
        bridges.within(local);
        if (subnets && view.confirmed() && (view.leasesChanged() || !listed)) {
            listed = true;
            List<Inventory.Entry> nodes = new ArrayList<>();
            nodes.add(EtcdPolicies.node(view.own()));
            view.peers().leases().forEach(lease -> nodes.add(EtcdPolicies.node(lease)));
            keeper.inventory().listEndpoints(nodes);
        }
    }

    @Override
    public void close() {
        watch.close();
        notes.close();
        bridges.close();
        keeper.close();
    }
}

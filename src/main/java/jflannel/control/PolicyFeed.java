package jflannel.control;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.lease.Lease;
import jflannel.lease.SubnetKey;
import jflannel.names.Names;
import jflannel.policy.Endpoint;
import jflannel.policy.Inventory;
import jflannel.policy.PolicyKeeper;
import jflannel.policy.PolicySource;
import jflannel.status.Board;

/// Enforces network policies: a source says what they are, a keeper programs them, and the control thread says which
/// subnets are this node's. The class is loaded only where policies are wanted.
final class PolicyFeed implements AutoCloseable {
    /// The label that tells nodes' subnets apart by the nodes' public addresses.
    private static final String PUBLIC_IP = "public-ip";
    /// The label that tells them apart by the subnets.
    private static final String SUBNET = "subnet";

    private static final String NAMESPACE = "default";

    private static final Logger LOG = System.getLogger(PolicyFeed.class.getName());

    private final PolicyKeeper keeper;
    private final boolean subnets;
    private final PodBridges bridges;
    private final PolicySource.Watch watch;
    private boolean listed;

    /// @param folder a sign for others, and for later runs, that policies are enforced here
    PolicyFeed(PolicySource source, Names names, Path folder, Board board) throws IOException {
        Files.createDirectories(folder);
        this.subnets = source.selectsSubnets();
        this.keeper = new PolicyKeeper(names, subnets, board);
        this.bridges = new PodBridges(board, keeper.inventory()::setLocal);
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

    /// Takes over what the control thread knows.
    void see(Node.View view) {
        List<Cidr> local = view.own().isOfHost() ? List.of() : view.own().cidrs();
        bridges.within(local);
        if (subnets && view.confirmed() && (view.leasesChanged() || !listed)) {
            listed = true;
            List<Inventory.Entry> nodes = new ArrayList<>();
            nodes.add(node(view.own()));
            view.peers().leases().forEach(lease -> nodes.add(node(lease)));
            keeper.inventory().listEndpoints(nodes);
        }
    }

    /// A node's containers, who cannot be told apart.
    private static Inventory.Entry node(Lease lease) {
        Map<String, String> labels = new TreeMap<>();
        labels.put(SUBNET, SubnetKey.format(lease.cidrs()));
        Map<Family, Ip> addresses = lease.announced().publicIps();
        Ip address = addresses.getOrDefault(Family.IPV4, addresses.get(Family.IPV6));
        labels.put(PUBLIC_IP, address.toString());
        List<Cidr> cidrs = lease.isOfHost() ? List.of() : lease.cidrs();
        return new Inventory.Entry(new Endpoint(NAMESPACE, labels.get(SUBNET), labels, cidrs, List.of()), "");
    }

    @Override
    public void close() {
        watch.close();
        bridges.close();
        keeper.close();
    }
}

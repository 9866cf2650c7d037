package jflannel.etcd;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import jflannel.etcd.api.Event;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.lease.Lease;
import jflannel.lease.SubnetKey;
import jflannel.policy.Endpoint;
import jflannel.policy.Inventory;
import jflannel.policy.Policy;
import jflannel.policy.PolicyException;
import jflannel.policy.PolicyKind;
import jflannel.policy.PolicyReader;
import jflannel.policy.PolicySource;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.work.Printable;

/// The policies in etcd. There are no pods there, so they select nodes' subnets.
///
/// A policy that cannot be read takes no effect; if an earlier version of it could be, that stays in force.
public final class EtcdPolicies implements PolicySource {
    /// What policies without a namespace belong to, and all nodes' subnets too.
    public static final String NAMESPACE = "default";

    /// The label that tells nodes' subnets apart by the nodes' public addresses.
    private static final String PUBLIC_IP = "public-ip";
    /// The label that tells them apart by the subnets.
    private static final String SUBNET = "subnet";

    private final EtcdSettings settings;
    private final Board board;

    public EtcdPolicies(EtcdSettings settings, Board board) {
        this.settings = settings;
        this.board = board;
    }

    /// What stands for a node's containers, which cannot be told apart.
    public static Inventory.Entry node(Lease lease) {
        Map<String, String> labels = new TreeMap<>();
        labels.put(SUBNET, SubnetKey.format(lease.cidrs()));
        Map<Family, Ip> addresses = lease.announced().publicIps();
        Ip address = addresses.getOrDefault(Family.IPV4, addresses.get(Family.IPV6));
        labels.put(PUBLIC_IP, address.toString());
        List<Cidr> cidrs = lease.isOfHost() ? List.of() : lease.cidrs();
        return new Inventory.Entry(new Endpoint(NAMESPACE, labels.get(SUBNET), labels, cidrs, List.of()), "");
    }

    @Override
    public Set<PolicyKind> kinds() {
        return Set.of(PolicyKind.NETWORK);
    }

    @Override
    public boolean selectsSubnets() {
        return true;
    }

    @Override
    public PolicySource.Watch start(Inventory inventory) {
        inventory.listNamespaces(Map.of());
        return new Follower(inventory).loop::close;
    }

    private final class Follower {
        private final Inventory inventory;
        private final Map<String, Policy> good = new HashMap<>();
        private final Map<String, String> faults = new TreeMap<>();
        private final WatchLoop loop;

        Follower(Inventory inventory) {
            this.inventory = inventory;
            this.loop = new WatchLoop("etcd-policies", board, RandomGenerator.getDefault(), this::follow);
        }

        /// With a new client each time, because its certificates may have been replaced.
        private void follow() throws IOException, InterruptedException {
            try (EtcdClient etcd = new EtcdClient(settings)) {
                follow(new PolicyDirectory(etcd, settings.prefix()));
            }
        }

        private void follow(PolicyDirectory directory) throws IOException, InterruptedException {
            PolicyDirectory.Listing listing = directory.list();
            good.keySet().retainAll(listing.texts().keySet());
            faults.clear();
            listing.texts().forEach(this::read);
            report();
            try (WatchStream stream = directory.watch(listing.revision() + 1)) {
                WatchLoop.forEach(stream, events -> {
                    events.forEach(event -> take(event, directory));
                    report();
                });
            }
        }

        private void take(Event event, PolicyDirectory directory) {
            String name = directory.name(event.getKv());
            if (event.getType() == Event.EventType.PUT) {
                read(name, event.getKv().getValue().toStringUtf8());
            } else {
                good.remove(name);
                faults.remove(name);
            }
        }

        private void read(String name, String text) {
            try {
                good.put(name, PolicyReader.object(text, NAMESPACE).named(name));
                faults.remove(name);
            } catch (PolicyException e) {
                String stays = good.containsKey(name) ? " (its earlier version stays in force)" : "";
                faults.put(name, name + ": " + e.getMessage() + stays);
            }
        }

        private void report() {
            inventory.listPolicies(PolicyKind.NETWORK, good.values());
            List<String> words = new ArrayList<>(faults.values());
            board.set(Condition.POLICIES_REFUSED, Printable.line(String.join("; ", words)));
        }
    }
}

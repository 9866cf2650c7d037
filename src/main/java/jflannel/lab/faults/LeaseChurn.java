package jflannel.lab.faults;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import jflannel.ip.Family;
import jflannel.lab.LabNode;
import jflannel.lab.LabStore;

/// Many leases join and leave at random; after each step, checks what must always be true.
final class LeaseChurn {
    private static final int JOINS = 1000;
    /// Fewer where each costs several milliseconds of processor time on each node, for a process.
    private static final int COMMANDED = 300;
    private static final int STEP = 50;
    private static final int PATIENCE_SECONDS = 20;

    /// Of IPv6 subnets that nodes do not take either.
    private static final Pattern LARGE_GROUP = Pattern.compile("fd00:100:96:\\w{3,4}::/64");

    private LeaseChurn() {}

    static List<Fault> all() {
        return List.of(
                churn("churn", "a thousand leases", JOINS).with(Fault.KERNEL).without(Fault.EXTENSION),
                churn("churn-extension", "three hundred leases, for each of which commands run,", COMMANDED)
                        .with(Fault.EXTENSION));
    }

    private static Fault churn(String name, String who, int joins) {
        return Fault.of(
                        name,
                        who + " join and leave at random; each step must leave the kernels right",
                        new FaultBudget(0, Duration.ofSeconds(10)),
                        cluster -> apply(cluster, joins))
                .on(ClusterSpec.NO_GRACE);
    }

    private static void apply(LabCluster cluster, int joins) throws IOException {
        Set<Integer> present = new TreeSet<>();
        int joined = 0;
        while (joined < joins) {
            List<String> operations = new ArrayList<>();
            Set<Integer> before = new TreeSet<>(present);
            for (int i = 0; i < STEP; i++) {
                int number = cluster.random().nextInt(2, 140) * 256
                        + cluster.random().nextInt(4);
                if (present.remove(number)) {
                    operations.add("del " + key(cluster, number));
                } else if (present.add(number)) {
                    operations.add("put " + key(cluster, number) + " \""
                            + value(cluster, number).replace("\"", "\\\"") + "\"");
                    joined++;
                }
            }
            if (cluster.kube() == null) {
                commit(cluster, withoutRepetitions(operations));
            } else {
                change(cluster, before, present);
            }
            check(cluster, present);
        }
        cluster.damageIsDone();
        if (cluster.kube() != null) {
            change(cluster, present, Set.of());
            return;
        }
        List<String> ends =
                present.stream().map(number -> "del " + key(cluster, number)).toList();
        for (int i = 0; i < ends.size(); i += STEP) {
            commit(cluster, ends.subList(i, Math.min(ends.size(), i + STEP)));
        }
    }

    /// One transaction must not name a key twice.
    private static List<String> withoutRepetitions(List<String> operations) {
        return operations.stream()
                .collect(Collectors.toMap(
                        it -> it.split(" ")[1], it -> it, (first, last) -> last, java.util.LinkedHashMap::new))
                .values()
                .stream()
                .toList();
    }

    /// Makes nodes join and leave in Kubernetes.
    private static void change(LabCluster cluster, Set<Integer> before, Set<Integer> after) {
        before.stream()
                .filter(number -> !after.contains(number))
                .forEach(number -> cluster.kube().leave(fake(number)));
        after.stream()
                .filter(number -> !before.contains(number))
                .forEach(number -> cluster.kube().join(fake(number)));
    }

    private static KubeStore.FakeNode fake(int number) {
        return new KubeStore.FakeNode(name(number), number, 10 + number / 256 % 200, number % 4);
    }

    /// A quarter of one of the subnets from 100.96.110.0/24 up, where the nodes have none: they take low ones.
    private static String key(LabCluster cluster, int number) {
        return LabStore.PREFIX + "/" + cluster.fakeLeases().key(name(number).replace('/', '-'), number);
    }

    private static String name(int number) {
        return "100.96." + (number / 256 + 108) + "." + number % 4 * 64 + "/26";
    }

    private static String name6(int number) {
        return "fd00:100:96:%x::/64".formatted(number);
    }

    private static String value(LabCluster cluster, int number) {
        return cluster.fakeLeases().lease(10 + number / 256 % 200, number % 4);
    }

    private static void commit(LabCluster cluster, List<String> operations) throws IOException {
        String script = "ETCDCTL_API=3 etcdctl --endpoints=http://127.0.0.1:2379 txn <<'END'\n\n"
                + String.join("\n", operations) + "\n\n\nEND";
        String answer = cluster.storeHost().sh(script);
        if (!answer.startsWith("SUCCESS")) {
            throw new IOException("etcd refused a step of the churn: " + answer);
        }
    }

    private static void check(LabCluster cluster, Set<Integer> present) throws IOException {
        Set<String> wanted = present.stream().map(LeaseChurn::name).collect(Collectors.toCollection(TreeSet::new));
        if (cluster.families().contains(Family.IPV6)) {
            present.stream().map(LeaseChurn::name6).forEach(wanted::add);
        }
        for (LabNode node : cluster.lab().nodes()) {
            if (!LabCluster.await(
                    PATIENCE_SECONDS, () -> fakeLeases(cluster, node).equals(wanted))) {
                Set<String> has = fakeLeases(cluster, node);
                Set<String> extra = new TreeSet<>(has);
                extra.removeAll(wanted);
                Set<String> lacking = new TreeSet<>(wanted);
                lacking.removeAll(has);
                throw new IOException(
                        node.host().name() + " lacks routes to " + lacking + " and has routes to " + extra);
            }
        }
        if (cluster.node().subnet(Family.IPV4).overlaps(cluster.other().subnet(Family.IPV4))) {
            throw new IOException("two nodes hold one subnet");
        }
    }

    private static Set<String> fakeLeases(LabCluster cluster, LabNode node) throws IOException {
        return PeerSubnets.of(node, cluster.scenario()).stream()
                .filter(subnet ->
                        subnet.endsWith("/26") || LARGE_GROUP.matcher(subnet).matches())
                .collect(Collectors.toCollection(TreeSet::new));
    }
}

package jflannel.lab.faults;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import jflannel.ip.Family;
import jflannel.lab.LabNode;
import jflannel.linux.Command;

/// A thousand leases that join and leave at random, with a look after each step at what must always be true.
final class Churn {
    private static final int JOINS = 1000;
    private static final int STEP = 50;
    private static final int PATIENCE_SECONDS = 20;

    private Churn() {}

    static List<Fault> all() {
        return List.of(Fault.of(
                        "churn",
                        "a thousand leases join and leave at random; after each step the kernels hold just what they should",
                        new Promise(0, Duration.ofSeconds(10)),
                        Churn::happen)
                .on(Stage.NO_GRACE)
                .with(Fault.KERNEL));
    }

    private static void happen(Site site) throws IOException {
        Set<Integer> present = new TreeSet<>();
        int joined = 0;
        while (joined < JOINS) {
            List<String> operations = new ArrayList<>();
            for (int i = 0; i < STEP; i++) {
                int number = site.random().nextInt(2, 140) * 256 + site.random().nextInt(4);
                if (present.remove(number)) {
                    operations.add("del " + key(number));
                } else if (present.add(number)) {
                    operations.add(
                            "put " + key(number) + " \"" + value(site, number).replace("\"", "\\\"") + "\"");
                    joined++;
                }
            }
            // one transaction must not name a key twice
            commit(
                    site,
                    operations.stream()
                            .collect(Collectors.toMap(
                                    it -> it.split(" ")[1],
                                    it -> it,
                                    (first, last) -> last,
                                    java.util.LinkedHashMap::new))
                            .values()
                            .stream()
                            .toList());
            check(site, present);
        }
        site.damageIsDone();
        List<String> ends = present.stream().map(number -> "del " + key(number)).toList();
        for (int i = 0; i < ends.size(); i += STEP) {
            commit(site, ends.subList(i, Math.min(ends.size(), i + STEP)));
        }
    }

    /// A quarter of one of the subnets from 100.96.110.0/24 up, where the nodes have none: they take low ones.
    private static String key(int number) {
        return "/coreos.com/network/subnets/" + name(number).replace('/', '-');
    }

    private static String name(int number) {
        return "100.96." + (number / 256 + 108) + "." + number % 4 * 64 + "/26";
    }

    private static String value(Site site, int number) {
        int host = 10 + number / 256 % 200;
        return site.strangersLease(host).replace("02:00:00:00:01", "02:%02x:%02x:00:01".formatted(number % 4, host));
    }

    private static void commit(Site site, List<String> operations) throws IOException {
        String script = "ETCDCTL_API=3 etcdctl --endpoints=http://127.0.0.1:2379 txn <<'END'\n\n"
                + String.join("\n", operations) + "\n\n\nEND";
        String answer = site.storeHost().sh(script);
        if (!answer.startsWith("SUCCESS")) {
            throw new IOException("etcd refused a step of the churn: " + answer);
        }
    }

    private static void check(Site site, Set<Integer> present) throws IOException {
        Set<String> wanted = present.stream().map(Churn::name).collect(Collectors.toCollection(TreeSet::new));
        for (LabNode node : site.lab().nodes()) {
            if (!Site.await(PATIENCE_SECONDS, () -> strangers(site, node).equals(wanted))) {
                Set<String> has = strangers(site, node);
                Set<String> extra = new TreeSet<>(has);
                extra.removeAll(wanted);
                Set<String> lacking = new TreeSet<>(wanted);
                lacking.removeAll(has);
                throw new IOException(node.host().name() + " lacks ways to " + lacking + " and has ways to " + extra);
            }
        }
        if (site.node().subnet(Family.IPV4).overlaps(site.other().subnet(Family.IPV4))) {
            throw new IOException("two nodes hold one subnet");
        }
    }

    private static Set<String> strangers(Site site, LabNode node) throws IOException {
        Command.Result result = node.host().attempt("ip", "route", "show", "proto", "102");
        return result.output()
                .lines()
                .map(line -> line.split(" ")[0])
                .filter(subnet -> subnet.endsWith("/26"))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}

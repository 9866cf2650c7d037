package jflannel.field;

import static jflannel.field.FieldHost.eventually;
import static jflannel.field.FieldRow.of;

import java.time.Duration;
import java.util.List;

/// A firewall or a load balancer that forgets an idle connection drops its packets, and tells neither end.
class HalfOpenStoreIT {
    private static final String SECOND = "192.0.2.2";

    static List<FieldRow> rows() {
        return List.of(
                of(
                        "a watch whose connection is dead goes over to another endpoint",
                        field -> {
                            field.router().sh("ip addr add " + SECOND + "/24 dev link0");
                            field.atEnd("ip addr del " + SECOND + "/24 dev link0");
                            FieldHost host = field.host(1);
                            host.run("--etcd-endpoints=" + field.endpoint() + ",http://" + SECOND + ":2379");
                            eventually("it watches", () -> learns(field, "10.70.21.0-24", 21));
                            cut(field);
                        },
                        field -> eventually(
                                "it learns of a new lease",
                                Duration.ofSeconds(30),
                                () -> learns(field, "10.70.22.0-24", 22))),
                of(
                        "a watch whose only endpoint is silent for a while follows it again",
                        field -> {
                            field.host(1).run();
                            eventually("it watches", () -> learns(field, "10.70.21.0-24", 21));
                            String mend = cut(field);
                            Thread.sleep(12_000);
                            field.router().sh(mend);
                        },
                        field -> eventually(
                                "it learns of a new lease",
                                Duration.ofSeconds(15),
                                () -> learns(field, "10.70.23.0-24", 23))));
    }

    @FieldTable
    void isFollowed(FieldRow row) throws Exception {
        row.play();
    }

    private static boolean learns(Field field, String subnet, int number) throws Exception {
        if (field.get("subnets/" + subnet).isEmpty()) {
            field.peer(subnet, number);
        }
        return !field.host(1).sh("ip route show " + subnet.replace('-', '/')).isEmpty();
    }

    /// Drops all between the host and the store's first address.
    ///
    /// @return what lets it pass again
    private static String cut(Field field) throws Exception {
        String rule = "iptables -%1$s INPUT -s %2$s -d %3$s -p tcp --dport 2379 -j DROP;"
                + " iptables -%1$s OUTPUT -d %2$s -s %3$s -p tcp --sport 2379 -j DROP;";
        String host = field.host(1).address();
        field.router().sh(rule.formatted("A", host, FieldStore.ADDRESS));
        field.atEnd("iptables -F");
        return rule.formatted("D", host, FieldStore.ADDRESS);
    }
}

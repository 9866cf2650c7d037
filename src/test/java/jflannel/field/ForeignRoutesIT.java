package jflannel.field;

import static jflannel.field.FieldHost.eventually;
import static jflannel.field.FieldRow.of;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import jflannel.field.FieldRow.Step;

/// Routes that an administrator, a routing daemon or an old flannel made for parts of the pods' network. Pods
/// reach each other all the same, or the host says what is in the way.
class ForeignRoutesIT {
    /// What is added to a host, by what people call it. `$own` and `$peer` are the subnets of this host and the
    /// other.
    private static final List<List<String>> ROUTES = List.of(
            List.of("a static one to a peer, in the place of ours", "replace $peer via 192.0.2.1 proto static"),
            List.of("a static one to a peer, behind ours", "append $peer via 192.0.2.1 proto static"),
            List.of("one to a peer that is worse", "add $peer via 192.0.2.1 proto static metric 100"),
            List.of("one to a half of a peer's subnet", "add unreachable ${peer%0/24}0/25"),
            List.of("one to the own subnet by another host", "add $own via 192.0.2.12 metric 5"),
            List.of("a blackhole for the whole network", "add blackhole " + Field.NETWORK),
            List.of("one to a peer by the tunnel, without a gateway", "add $peer dev flannel.1 scope link metric 7"));

    static List<FieldRow> rows() {
        List<FieldRow> rows = new ArrayList<>();
        for (List<String> route : ROUTES) {
            String add = "ip route " + route.get(1);
            rows.add(of(route.get(0) + ", added to a running host", begin(add), ForeignRoutesIT::worksOrIsTold));
            rows.add(of(
                    route.get(0) + ", there before the start",
                    begin(add).andThen(field -> {
                        field.host(1).stop();
                        field.host(1)
                                .sh("ip route flush proto 102; " + variables(field) + add.replace("append", "replace")
                                        + " 2>/dev/null || :");
                        field.host(1).run();
                    }),
                    ForeignRoutesIT::worksOrIsTold));
        }
        rows.add(of(
                "the address of an old flannel, whose prefix was the whole network's",
                field -> {
                    field.host(2).run();
                    field.host(1).sh("""
                            ip link add flannel.1 type vxlan id 1 dev eth0 dstport 8472 nolearning
                            ip addr add 10.70.3.0/16 dev flannel.1; ip link set flannel.1 up
                            """);
                    field.host(1).run();
                },
                field -> {
                    eventually(
                            "its route is gone",
                            () -> field.host(1)
                                    .sh("ip route show 10.70.0.0/16 type unicast")
                                    .isEmpty());
                    assertThat(field.host(1).reaches(field.host(2))).isTrue();
                }));
        return rows;
    }

    @FieldTable
    void doNoHarmInSilence(FieldRow row) throws Exception {
        row.play();
    }

    private static Step begin(String add) {
        return field -> {
            field.host(1).start();
            field.host(2).start();
            field.host(1).awaitReady();
            field.host(2).awaitReady();
            assertThat(field.host(1).reaches(field.host(2))).isTrue();
            field.host(1).sh(variables(field) + add);
        };
    }

    private static String variables(Field field) throws Exception {
        return "own=%s; peer=%s; ".formatted(subnet(field.host(1)), subnet(field.host(2)));
    }

    private static String subnet(FieldHost host) throws Exception {
        return host.env("FLANNEL_SUBNET").replace(".1/", ".0/");
    }

    private static void worksOrIsTold(Field field) {
        eventually(
                "the pods reach each other, or the host says what is in the way",
                () -> field.host(1).reaches(field.host(2))
                        || field.host(1)
                                .complaints()
                                .contains(subnet(field.host(2)).replace("0/24", "0/25")));
    }
}

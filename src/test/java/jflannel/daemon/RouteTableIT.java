package jflannel.daemon;

import static jflannel.daemon.Labs.lab;
import static jflannel.daemon.Labs.soon;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.EnumSet;
import jflannel.ip.Family;
import jflannel.lab.Lab;
import jflannel.lab.LabNode;
import jflannel.lab.LabSetup;
import jflannel.lab.Scenario;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Routes in a table of their own, and the rules that lead there.
class RouteTableIT {
    private static final String RULES = "5000:\tfrom all to 100.96.0.0/16 lookup 300 proto 102\n"
            + "5000:\tfrom all to fd00:100:96::/48 lookup 300 proto 102";

    @ParameterizedTest
    @EnumSource(names = {"VXLAN", "HOST_GW", "UDP"})
    void podsReachEachOtherByRoutesInATableOfTheirOwn(Scenario scenario) throws Exception {
        LabSetup setup =
                LabSetup.of(scenario).withFamilies(EnumSet.allOf(Family.class)).withFlags("--route-table=300");
        try (Lab lab = lab(setup)) {
            LabNode node = lab.node(1);
            assertThat(rules(node)).isEqualTo(RULES);
            assertThat(node.sh("ip route show proto 102; ip -6 route show proto 102"))
                    .isEmpty();
            String routes = routes(node);
            assertThat(routes).contains("throw 100.96.1.0/24 proto 102");
            for (Family family : Family.values()) {
                assertThat(lab.reach(1, 2, family, 5)).isPositive();
                assertThat(node.host().reach(node.podAddress(family).toString(), 5))
                        .isPositive();
            }

            node.sh("ip rule del priority 5000; ip -6 rule del priority 5000; ip rule del priority 5000 || :");
            soon("the rules are back", () -> rules(node).equals(RULES));
            node.sh("ip route flush table 300; ip -6 route flush table 300");
            soon("the routes are back", () -> routes(node).equals(routes));
            node.sh("ip rule add to 100.96.0.0/16 lookup 44 priority 4000");
            node.sh("ip route add 100.96.2.0/25 dev eth0 table 300");
            soon(
                    "a route that wins is named",
                    () -> node.sh("cat /run/flannel/status.json").contains("100.96.2.0/25"));
            node.sh("ip route del 100.96.2.0/25 table 300");

            assertThat(node.flanneld().terminate(10)).isZero();
            node.startFlanneld("--route-table=254");
            node.awaitReady();
            soon("the table is empty", () -> routes(node).isEmpty());
            assertThat(rules(node)).isEmpty();
            assertThat(lab.reach(1, 2, Family.IPV4, 5)).isPositive();
            assertThat(node.sh("ip rule show priority 4000")).contains("lookup 44");
        }
    }

    private static String rules(LabNode node) throws IOException {
        return node.sh("(ip rule; ip -6 rule) | grep proto || :").strip();
    }

    private static String routes(LabNode node) throws IOException {
        return node.sh("(ip route show table 300; ip -6 route show table 300) 2>&1 | grep -v '^Error\\|^Dump' || :");
    }
}

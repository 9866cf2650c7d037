package jflannel.firewall;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.names.Names;
import org.junit.jupiter.api.Test;

class IsolationRulesTest {
    private static final Isolation.Other BLUE =
            new Isolation.Other(Map.of(Family.IPV4, Cidr.parse("10.2.0.0/16")), Set.of("flannel.2", "cni-blue"));

    private static List<String> text(boolean fib, Isolation.Other... others) {
        Isolation wanted = new Isolation(
                true,
                Map.of(Family.IPV4, Cidr.parse("10.1.0.0/16")),
                Map.of(Family.IPV4, Cidr.parse("10.1.5.0/24")),
                Set.of("flannel.1", "eth0"),
                List.of(others),
                true);
        return new IsolationRules(new Names("red")).text(wanted, fib);
    }

    @Test
    void dropsByAddressAndByDevice() {
        assertThat(text(true, BLUE))
                .containsExactly(
                        "table inet flannel-isolation-red {",
                        "chain forward {",
                        "type filter hook forward priority filter; policy accept;",
                        "ip saddr 10.1.0.0/16 ip daddr 10.2.0.0/16 drop",
                        "ip saddr 10.2.0.0/16 ip daddr 10.1.0.0/16 drop",
                        "iifname \"cni-blue\" ip daddr 10.1.0.0/16 drop",
                        "iifname \"flannel.2\" ip daddr 10.1.0.0/16 drop",
                        "ip saddr 10.1.5.0/24 ip daddr 10.1.0.0/16 fib saddr . iif oif missing drop",
                        "iifname != \"eth0\" iifname != \"flannel.1\" ip saddr 10.1.0.0/16 ip saddr != 10.1.5.0/24"
                                + " ip daddr 10.1.0.0/16 drop",
                        "}",
                        "}");
    }

    @Test
    void aKernelThatCannotLookUpRoutesHasTheOtherRules() {
        assertThat(text(false, BLUE)).hasSize(text(true, BLUE).size() - 1).noneMatch(line -> line.contains("fib"));
    }

    @Test
    void nothingIsDroppedWithoutAnotherNetwork() {
        assertThat(text(true)).noneMatch(line -> line.endsWith("drop"));
    }
}

package jflannel.foreign;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ForwardPolicyTest {
    private static final List<String> DROP =
            List.of("*filter", ":INPUT ACCEPT [0:0]", ":FORWARD DROP [0:0]", ":OUTPUT ACCEPT [0:0]", "COMMIT");

    /// Somebody flushes all rules, and ours are back a moment later: meanwhile it is no use to name the policy.
    @ParameterizedTest
    @CsvSource({"false, false, true", "false, true, false", "true, true, true"})
    void aPolicyThatOurRulesOverruleIsNotNamed(boolean nftables, boolean forward, boolean named) throws Exception {
        Traffic traffic = new Traffic(
                Map.of(Family.IPV4, Cidr.parse("10.244.0.0/16")),
                Map.of(Family.IPV4, Cidr.parse("10.244.5.0/24")),
                Map.of(),
                Map.of(Family.IPV4, "flannel.1"),
                Map.of(Family.IPV4, "eth0"),
                Map.of(Family.IPV4, Ip.parse("192.168.100.11")),
                List.of(Ip.parse("192.168.100.12")),
                List.of(Traffic.Outer.udp(8472)),
                nftables,
                true,
                forward);
        LocalDevices node = new LocalDevices(Map.of(Family.IPV4, "cni0"), Map.of());
        List<Ruleset> rules = IptablesReader.read(DROP, "iptables", Family.IPV4, Map.of());
        assertThat(ForeignRules.find(rules, traffic, node).isEmpty()).isEqualTo(!named);
    }
}

package jflannel.firewall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import jflannel.ip.Family;
import org.junit.jupiter.api.Test;

class RuleTest {
    @Test
    void aFamilyThatIsNotEnabledHasNoRules() {
        assertThat(Rule.all(Configs.V4, Family.IPV6)).isEmpty();
    }

    @Test
    void whatIsSwitchedOffHasNoChain() {
        assertThat(Rule.all(Configs.switched(Configs.V4, true, false), Family.IPV4))
                .containsOnlyKeys(OwnChain.MASQUERADE);
        assertThat(Rule.all(Configs.switched(Configs.V4, false, true), Family.IPV4))
                .containsOnlyKeys(OwnChain.FORWARD);
    }

    @Test
    void rulesForAToolThatCannotChoosePortsAtRandomAreOtherwiseTheSame() {
        assertThat(Rule.withoutRandomPorts(Rule.all(Configs.V4, Family.IPV4)))
                .isEqualTo(Rule.all(Configs.plainPorts(Configs.V4), Family.IPV4))
                .isNotEqualTo(Rule.all(Configs.V4, Family.IPV4));
    }

    @Test
    void aNetworkNeedsItsSubnetAndItsFamily() {
        assertThatThrownBy(() -> new FirewallConfig(false, Configs.V4_NETWORK, Map.of(), true, true, true))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new FirewallConfig(
                        false,
                        Map.of(Family.IPV6, Configs.V4_NETWORK.get(Family.IPV4)),
                        Configs.V6_SUBNET,
                        true,
                        true,
                        true))
                .hasMessageContaining("10.244.0.0/16 is not of the family IPV6");
    }
}

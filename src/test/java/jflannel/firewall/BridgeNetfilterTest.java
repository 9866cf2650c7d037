package jflannel.firewall;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import jflannel.ip.Family;
import jflannel.lease.ConfigException;
import org.junit.jupiter.api.Test;

class BridgeNetfilterTest {
    @Test
    void saysWhichSettingIsMissingAndHowToGetIt() {
        assertThatThrownBy(() -> BridgeNetfilter.require(Set.of(Family.IPV4), name -> Optional.empty()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("/proc/sys/net/bridge/bridge-nf-call-iptables")
                .hasMessageContaining("modprobe br_netfilter");
    }

    @Test
    void looksAtTheEnabledFamiliesOnly() {
        jflannel.linux.Sysctl.Source ipv4Only =
                name -> name.endsWith("call-iptables") ? Optional.of("1") : Optional.empty();

        assertThatCode(() -> BridgeNetfilter.require(Set.of(Family.IPV4), ipv4Only))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> BridgeNetfilter.require(EnumSet.allOf(Family.class), ipv4Only))
                .hasMessageContaining("bridge-nf-call-ip6tables");
    }
}

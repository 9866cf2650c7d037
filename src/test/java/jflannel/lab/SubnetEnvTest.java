package jflannel.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.lease.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SubnetEnvTest {
    @Test
    void readsBothFamilies() {
        SubnetEnv env = SubnetEnv.parse("subnet.env", """
                FLANNEL_NETWORK=100.96.0.0/16
                FLANNEL_SUBNET=100.96.1.1/24
                FLANNEL_IPV6_NETWORK=fd00:100:96::/48
                FLANNEL_IPV6_SUBNET=fd00:100:96:1::1/64
                FLANNEL_MTU=1450
                FLANNEL_IPMASQ=true
                """);
        assertThat(env.gateways())
                .isEqualTo(Map.of(Family.IPV4, Ip.parse("100.96.1.1"), Family.IPV6, Ip.parse("fd00:100:96:1::1")));
        assertThat(env.subnets())
                .isEqualTo(Map.of(
                        Family.IPV4, Cidr.parse("100.96.1.0/24"), Family.IPV6, Cidr.parse("fd00:100:96:1::/64")));
        assertThat(env.mtu()).isEqualTo(1450);
    }

    @ParameterizedTest(name = "refuses {0}")
    @CsvSource(delimiter = '|', textBlock = """
            FLANNEL_MTU=1450                               | FLANNEL_SUBNET or FLANNEL_IPV6_SUBNET
            FLANNEL_SUBNET=100.96.1.1/24                   | FLANNEL_MTU
            FLANNEL_SUBNET=100.96.1.0/24;FLANNEL_MTU=1450  | FLANNEL_SUBNET
            FLANNEL_SUBNET=fd00::1/64;FLANNEL_MTU=1450     | FLANNEL_SUBNET
            FLANNEL_SUBNET=100.96.1.1;FLANNEL_MTU=1450     | FLANNEL_SUBNET
            FLANNEL_SUBNET=100.96.1.1/24;FLANNEL_MTU=big   | FLANNEL_MTU
            FLANNEL_SUBNET=100.96.1.1/24;nonsense          | A line looks like
            """)
    void saysWhichLineIsWrong(String lines, String named) {
        assertThatThrownBy(() -> SubnetEnv.parse("node-1: subnet.env", lines.replace(';', '\n')))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("node-1: subnet.env")
                .hasMessageContaining(named);
    }
}

package jflannel.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jflannel.lease.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UserNetworkTest {
    private static final String FILE =
            "FLANNEL_NETWORK=10.244.0.0/16\nFLANNEL_SUBNET=10.244.7.1/24\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\n";
    private static final String DUAL = FILE + "FLANNEL_IPV6_SUBNET=fd05:0:0:7::1/64\n";

    private static final String MADE = """
            {"Name":"flannel","IPAM":{"Config":[{"Subnet":"10.244.7.0/24","Gateway":"10.244.7.1"}]},
             "Options":{"com.docker.network.driver.mtu":"1450",
              "com.docker.network.bridge.enable_ip_masquerade":"false",
              "com.docker.network.bridge.name":"br-flannel"},
             "Labels":{"jflannel.network":""}}""";

    private static UserNetwork network(String file) {
        return UserNetwork.of("flannel", "subnet.env", file);
    }

    private static String difference(String file, String inspected, int version) {
        return network(file).difference(NetworkView.parse(inspected), version);
    }

    @Test
    void isMadeWithTheSubnetTheGatewayTheMtuAndOneWhoMasquerades() {
        assertThat(String.join(" ", network(FILE).creation(20)))
                .isEqualTo("network create --driver=bridge --label=jflannel.network --subnet=10.244.7.0/24"
                        + " --gateway=10.244.7.1 --opt=com.docker.network.driver.mtu=1450"
                        + " --opt=com.docker.network.bridge.enable_ip_masquerade=false"
                        + " --opt=com.docker.network.bridge.name=br-flannel flannel");
        assertThat(network(FILE.replace("true", "false")).creation(20))
                .contains("--opt=com.docker.network.bridge.enable_ip_masquerade=true");
    }

    @Test
    void letsOtherHostsInWhereDockerKeepsThemOut() {
        assertThat(network(DUAL).creation(28))
                .contains(
                        "--ipv6",
                        "--subnet=fd05:0:0:7::/64",
                        "--opt=com.docker.network.bridge.gateway_mode_ipv4=nat-unprotected",
                        "--opt=com.docker.network.bridge.gateway_mode_ipv6=nat-unprotected");
        assertThat(String.join(" ", network(DUAL).creation(27))).doesNotContain("gateway_mode");
    }

    @Test
    void leavesTheNameOfTheBridgeToDockerIfItIsCalledOtherwise() {
        assertThat(String.join(" ", UserNetwork.of("blue", "subnet.env", FILE).creation(28)))
                .doesNotContain("bridge.name");
    }

    @Test
    void knowsWhatItMade() {
        assertThat(difference(FILE, MADE, 20)).isEmpty();
        assertThat(NetworkView.parse(MADE).own()).isTrue();
        assertThat(NetworkView.parse("{\"Labels\":null}").own()).isFalse();
    }

    @ParameterizedTest(name = "{1}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            10.244.7.1/24        | 10.244.9.1/24        | it has 10.244.7.0/24 with gateway 10.244.7.1, and this host has 10.244.9.0/24 with gateway 10.244.9.1
            FLANNEL_MTU=1450     | FLANNEL_MTU=1400     | its driver.mtu should be 1400
            FLANNEL_IPMASQ=true  | FLANNEL_IPMASQ=false | its bridge.enable_ip_masquerade should be true
            """)
    void saysInWhatANetworkDiffers(String was, String now, String words) {
        assertThat(difference(FILE.replace(was, now), MADE, 20)).isEqualTo(words);
    }

    @Test
    void aNewerDockerNeedsAnotherNetwork() {
        assertThat(difference(FILE, MADE, 28)).isEqualTo("its bridge.gateway_mode_ipv4 should be nat-unprotected");
    }

    @ParameterizedTest(name = "{1}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            FLANNEL_SUBNET=10.244.7.1/24 | FLANNEL_SUBNET=10.244.7.1  | FLANNEL_SUBNET
            FLANNEL_SUBNET=10.244.7.1/24 | FLANNEL_SUBNET=fd05::1/64  | FLANNEL_SUBNET
            FLANNEL_SUBNET=10.244.7.1/24 | FLANNEL_SUBNET=10.0.0.2/31 | FLANNEL_SUBNET
            FLANNEL_SUBNET=10.244.7.1/24 | X=1                        | names no subnet
            FLANNEL_MTU=1450             | FLANNEL_MTU=--help         | FLANNEL_MTU
            FLANNEL_MTU=1450             | FLANNEL_MTU=70000          | FLANNEL_MTU
            FLANNEL_IPMASQ=true          | FLANNEL_IPMASQ=yes         | FLANNEL_IPMASQ
            """)
    void refusesAFileThatMakesNoSense(String line, String instead, String named) {
        assertThatThrownBy(() -> network(FILE.replace(line, instead)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(named);
    }

    @Test
    void refusesNamesThatDockerHasForItself() {
        for (String name : new String[] {"bridge", "host", "-x", "a b", ""}) {
            assertThat(UserNetwork.isName(name)).isFalse();
        }
        assertThat(UserNetwork.isName("flannel_2.x")).isTrue();
    }
}

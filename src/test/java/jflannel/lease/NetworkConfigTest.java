package jflannel.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NetworkConfigTest {
    private static final String WHERE = "etcd key /coreos.com/network/config";

    @ParameterizedTest(name = "{0} shared as /{1} gives each node a /{2}, from {3} to {4}")
    @CsvSource(useHeadersInDisplayName = true, delimiter = '|', textBlock = """
            network       | asked | given | min           | max
            10.3.0.0/16   | 0     | 24    | 10.3.1.0      | 10.3.255.0
            10.3.7.9/16   | 0     | 24    | 10.3.1.0      | 10.3.255.0
            10.3.0.0/16   | 26    | 26    | 10.3.0.64     | 10.3.255.192
            10.0.0.0/24   | 0     | 26    | 10.0.0.64     | 10.0.0.192
            10.0.0.0/22   | 0     | 24    | 10.0.1.0      | 10.0.3.0
            10.0.0.0/23   | 0     | 25    | 10.0.0.128    | 10.0.1.128
            10.0.0.0/28   | 0     | 30    | 10.0.0.4      | 10.0.0.12
            0.0.0.0/0     | 2     | 2     | 64.0.0.0      | 192.0.0.0
            fc00::/48     | 0     | 64    | fc00:0:0:1::  | fc00:0:0:ffff::
            fc00::/63     | 0     | 65    | fc00::8000:0:0:0 | fc00:0:0:1:8000::
            fc00::/124    | 0     | 126   | fc00::4       | fc00::c
            fc00::/48     | 56    | 56    | fc00:0:0:100:: | fc00:0:0:ff00::
            """)
    void sharesTheNetwork(String network, int asked, int given, String min, String max) {
        Family family = Cidr.parse(network).family();
        String six = family == Family.IPV6 ? "IPv6" : "";
        String enable = family == Family.IPV6 ? "\"EnableIPv4\":false,\"EnableIPv6\":true," : "";
        String length = asked == 0 ? "" : ",\"%sSubnetLen\":%d".formatted(six, asked);
        NetworkConfig config =
                NetworkConfig.parse(WHERE, "{%s\"%sNetwork\":\"%s\"%s}".formatted(enable, six, network, length));
        AddressPool pool = config.pool(family).orElseThrow();
        assertThat(pool.network()).isEqualTo(Cidr.parse(network));
        assertThat(pool.subnetLength()).isEqualTo(given);
        assertThat(pool.min()).hasToString(min);
        assertThat(pool.max()).hasToString(max);
    }

    @ParameterizedTest
    @CsvSource(useHeadersInDisplayName = true, delimiter = '|', quoteCharacter = '`', textBlock = """
            json                                                                | where              | need
            ``                                                                  | config:            | JSON object
            []                                                                  | config:            | JSON object
            {                                                                   | config:            | not JSON
            {}                                                                  | config: Network    | pods' network
            {"Network":7}                                                       | config: Network    | string
            {"Network":"10.3.0.0"}                                              | config: Network    | not a network
            {"Network":"fd00::/48"}                                             | config: Network    | family IPv4
            {"Network":"10.3.0.0/29"}                                           | config: Network    | at most /28
            {"Network":"10.3.0.0/16","SubnetLen":17}                            | config: SubnetLen  | from 18 to 30
            {"Network":"10.3.0.0/16","SubnetLen":31}                            | config: SubnetLen  | from 18 to 30
            {"Network":"10.3.0.0/16","SubnetLen":"24"}                          | config: SubnetLen  | number
            {"Network":"10.3.0.0/16","SubnetLen":24.5}                          | config: SubnetLen  | number
            {"Network":"10.3.0.0/16","SubnetLen":99999999999}                   | config: SubnetLen  | from 0
            {"Network":"10.3.0.0/16","SubnetMin":"10.4.0.0"}                    | config: SubnetMin  | such as 10.3.1.0
            {"Network":"10.3.0.0/16","SubnetMin":"10.3.1.1"}                    | config: SubnetMin  | first address of a /24
            {"Network":"10.3.0.0/16","SubnetMin":"10.3.9.0","SubnetMax":"10.3.3.0"} | config: SubnetMin | 10.3.3.0 or less
            {"Network":"10.3.0.0/16","SubnetMax":"fd00::"}                      | config: SubnetMax  | family IPv4
            {"Network":"10.3.0.0/16","EnableIPv6":"yes"}                        | config: EnableIPv6 | true or false
            {"Network":"10.3.0.0/16","EnableIPv6":true}                         | config: IPv6Network | pods' network
            {"EnableIPv4":false}                                                | config: EnableIPv4 | at least one family
            {"EnableIPv4":false,"EnableIPv6":true,"IPv6Network":"fd00::/125"}   | config: IPv6Network | at most /124
            {"EnableIPv4":false,"EnableIPv6":true,"IPv6Network":"fd00::/48","IPv6SubnetLen":49} | config: IPv6SubnetLen | from 50 to 126
            {"Network":"10.3.0.0/16","Backend":"vxlan"}                         | config: Backend    | object
            {"Network":"10.3.0.0/16","Backend":{"Type":7}}                      | config: Backend: Type | string
            """)
    void namesTheFieldThatCannotBeUsed(String json, String where, String need) {
        assertThatThrownBy(() -> NetworkConfig.parse(WHERE, json))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(where)
                .hasMessageContaining(need);
    }

    @Test
    void readsNamesWhateverTheirCaseAndLeavesUnknownOnesAlone() {
        NetworkConfig config = NetworkConfig.parse(
                WHERE, "{\"network\":\"10.3.0.0/16\",\"Future\":[1],\"backend\":{\"TYPE\":\"VXLAN\",\"VNI\":7}}");
        assertThat(config.network(Family.IPV4)).hasToString("10.3.0.0/16");
        assertThat(config.backendType()).isEqualTo("vxlan");
        assertThat(config.backend().integer("vni", 1, 0, 100)).isEqualTo(7);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"Network":"10.3.0.0/16"}                 | udp
            {"Network":"10.3.0.0/16","Backend":{}}    | ``
            {"Network":"10.3.0.0/16","Backend":null}  | udp
            """)
    void takesUdpOnlyWhenNoBackendIsConfigured(String json, String type) {
        assertThat(NetworkConfig.parse(WHERE, json).backendType()).isEqualTo(type);
    }

    @Test
    void offersWholeBlocksBetweenTheEnds() {
        AddressPool pool = NetworkConfig.parse(WHERE, "{\"Network\":\"10.3.0.0/16\",\"SubnetMax\":\"10.3.3.0\"}")
                .pool(Family.IPV4)
                .orElseThrow();
        assertThat(SubnetAllocator.free(pool, List.of(), 100))
                .extracting(Cidr::toString)
                .containsExactly("10.3.1.0/24", "10.3.2.0/24", "10.3.3.0/24");
        assertThat(pool.offers(Cidr.parse("10.3.3.0/24"))).isTrue();
        assertThat(pool.offers(Cidr.parse("10.3.0.0/24"))).isFalse();
        assertThat(pool.offers(Cidr.parse("10.3.4.0/24"))).isFalse();
        assertThat(pool.offers(Cidr.parse("10.3.3.0/25"))).isFalse();
        assertThat(pool.couldHold(Cidr.parse("10.3.3.0/25"))).isTrue();
        assertThat(pool.couldHold(Cidr.parse("10.3.0.0/16"))).isFalse();
        assertThat(pool.couldHold(Cidr.parse("10.0.0.0/8"))).isFalse();
        assertThat(pool.couldHold(Cidr.parse("fd00::/64"))).isFalse();
    }
}

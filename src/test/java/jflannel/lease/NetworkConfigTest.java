package jflannel.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
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

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            ` `                                            | : it is empty. Give a JSON object such as EXAMPLE.
            []                                             | : it is JSON but not an object. Give a JSON object such as EXAMPLE.
            {                                              | : it is not JSON: the name of a field was expected at the end. Give a JSON object such as EXAMPLE.
            {"PSK":"s3cret"}}                              | : it is not JSON: more text after the end at character 17. Give a JSON object such as EXAMPLE.
            \ufeff{"Network":"10.3.0.0/16"}                | : it begins with an invisible byte order mark (U+FEFF). Store it without one.
            '{"Network":"10.3.0.0/16"}'                    | : it is in quotes, which no shell has removed. On a command line, put one pair of single quotes around the object, as in etcdctl put KEY 'EXAMPLE'; in a file, none.
            "{\\"Network\\":\\"10.3.0.0/16\\"}"            | : it is in quotes, which no shell has removed. On a command line, put one pair of single quotes around the object, as in etcdctl put KEY 'EXAMPLE'; in a file, none.
            {\\"Network\\":\\"10.3.0.0/16\\"}              | : it has backslashes before its quotes, which no shell has removed. On a command line, put one pair of single quotes around the object, as in etcdctl put KEY 'EXAMPLE'; in a file, none.
            {"Network":"10.3.0.0/16","Network":"10.4.0.0/16"} | : Network is given twice, with different values. Remove one of them.
            {"Network":"10.3.0.0/16","network":"10.4.0.0/16"} | : Network and network are one key, given twice with different values. Remove one of them.
            {"Network":"10.3.0.0/16","Backend":{"Type":"udp","type":"vxlan"}} | : Backend: Type and type are one key, given twice with different values. Remove one of them.
            {}                                             | : Network is missing. Give the pods' network, such as "10.244.0.0/16".
            {"Networks":"10.3.0.0/16"}                     | : Network is missing. Give the pods' network, such as "10.244.0.0/16". "Networks" is not "Network".
            {"Network":7}                                  | : Network: 7 cannot be used. Give a string in quotes.
            {"Network":"10.3.0.0"}                         | : Network: "10.3.0.0" cannot be used. It is not an IPv4 network such as 10.244.0.0/16.
            {"Network":"10.3.0/16"}                        | : Network: "10.3.0/16" cannot be used. It is not an IPv4 network such as 10.244.0.0/16.
            {"Network":"10.3.0.0/33"}                      | : Network: "10.3.0.0/33" cannot be used. It has a longer prefix than the 32 bits of an IPv4 address.
            {"Network":"fd00::/48"}                        | : Network: "fd00::/48" cannot be used. It is an IPv6 network, whose key is IPv6Network, beside "EnableIPv6":true. Where pods have no IPv4, add "EnableIPv4":false.
            {"Network":"10.3.0.0/16","EnableIPv6":true,"IPv6Network":"10.4.0.0/16"} | : IPv6Network: "10.4.0.0/16" cannot be used. It is an IPv4 network, whose key is Network.
            {"Network":"10.3.0.0/16,fd00::/48"}            | : Network: "10.3.0.0/16,fd00::/48" cannot be used. Give each its own key: "Network":"10.3.0.0/16","EnableIPv6":true,"IPv6Network":"fd00::/48".
            {"Network":" fd00::/48, 10.3.0.0/16"}          | : Network: " fd00::/48, 10.3.0.0/16" cannot be used. Give each its own key: "Network":"10.3.0.0/16","EnableIPv6":true,"IPv6Network":"fd00::/48".
            {"Network":["10.3.0.0/16","fd00::/48"]}        | : Network: ["10.3.0.0/16","fd00::/48"] cannot be used. Give each its own key: "Network":"10.3.0.0/16","EnableIPv6":true,"IPv6Network":"fd00::/48".
            {"Network":["10.3.0.0/16","10.4.0.0/16"]}      | : Network: ["10.3.0.0/16","10.4.0.0/16"] cannot be used. Give one network. There can be one of each family.
            {"Network":["fd00::/48"]}                      | : Network: ["fd00::/48"] cannot be used. It is an IPv6 network, whose key is IPv6Network, beside "EnableIPv6":true. Where pods have no IPv4, add "EnableIPv4":false.
            {"Network":["10.3.0.0/16"]}                    | : Network: ["10.3.0.0/16"] cannot be used. Give a string in quotes.
            {"Network":"10.3.0.0/16,x"}                    | : Network: "10.3.0.0/16,x" cannot be used. It is not an IPv4 network such as 10.244.0.0/16.
            {"Network":"\\"10.3.0.0/16\\""}                | : Network: "10.3.0.0/16" cannot be used with its quotes, which no shell has removed. Give 10.3.0.0/16 without them.
            {"Network":"10.3.0.0/29"}                      | : Network: "10.3.0.0/29" cannot be used. It is too small to divide: its prefix length may be at most /28.
            {"Network":"10.3.0.0/16","SubnetLen":17}       | : SubnetLen: 17 cannot be used. 10.3.0.0/16 holds at least four subnets only with a SubnetLen from 18 to 30.
            {"Network":"10.3.0.0/16","SubnetLen":31}       | : SubnetLen: 31 cannot be used. 10.3.0.0/16 holds at least four subnets only with a SubnetLen from 18 to 30.
            {"Network":"10.3.0.0/16","SubnetLen":"24"}     | : SubnetLen: "24" cannot be used. Give a number from 0 to 32, without quotes.
            {"Network":"10.3.0.0/16","SubnetLen":24.5}     | : SubnetLen: 24.5 cannot be used. Give a whole number from 0 to 32.
            {"Network":"10.3.0.0/16","SubnetLen":99999999999} | : SubnetLen: 99999999999 cannot be used. Give a number from 0 to 32.
            {"Network":"10.3.0.0/16","SubnetMin":"10.4.0.0"} | : SubnetMin: "10.4.0.0" cannot be used. Give the first address of a /24 subnet of 10.3.0.0/16, such as 10.3.1.0.
            {"Network":"10.3.0.0/16","SubnetMin":"10.3.1.1"} | : SubnetMin: "10.3.1.1" cannot be used. Give the first address of a /24 subnet of 10.3.0.0/16, such as 10.3.1.0.
            {"Network":"10.3.0.0/16","SubnetMin":"10.3.9.0","SubnetMax":"10.3.3.0"} | : SubnetMin: "10.3.9.0" cannot be used. It is above the last subnet. Give 10.3.3.0 or less, or a larger SubnetMax.
            {"Network":"10.3.0.0/16","SubnetMax":"fd00::"} | : SubnetMax: "fd00::" cannot be used. It is not an IPv4 address such as 10.244.1.0.
            {"Network":"10.3.0.0/16","EnableIPv6":"yes"}   | : EnableIPv6: "yes" cannot be used. Give true or false, without quotes.
            {"Network":"10.3.0.0/16","EnableIPv6":true}    | : IPv6Network is missing. Give the pods' network, such as "fd00:10:244::/48".
            {"EnableIPv4":false}                           | : EnableIPv4: false cannot be used. Enable at least one family with EnableIPv4 or EnableIPv6.
            {"Network":"10.3.0.0/16","Backend":"vxlan"}    | : Backend: "vxlan" cannot be used. Give an object such as {"Type":"vxlan"}.
            {"Network":"10.3.0.0/16","Backend":{"Type":7}} | : Backend: Type: 7 cannot be used. Give a string in quotes.
            {"Network":"10.3.0.0/16","Backend":{}}         | : Backend: it has no Type. Give one of TITLES, as in {"Type":"vxlan"}.
            {"Network":"10.3.0.0/16","Backend":{"Typ":"x"}} | : Backend: it has no Type. Give one of TITLES, as in {"Type":"vxlan"}. "Typ" is not "Type".
            {"Network":"10.3.0.0/16","Backend":{"Type":"VxLan "}} | : Backend: Type: "VxLan " cannot be used. Give TITLES. Did you mean "vxlan"?
            {"Network":"10.3.0.0/16","Backend":{"Type":"openvpn"}} | : Backend: Type: "openvpn" cannot be used. Give TITLES.
            """)
    void saysWhatCannotBeUsedInWholeSentences(String json, String message) {
        assertThatThrownBy(() -> NetworkConfig.parse(WHERE, json.replace("\\ufeff", "\ufeff")))
                .isInstanceOf(ConfigException.class)
                .hasMessage(WHERE
                        + message.replace("TITLES", BackendType.titles())
                                .replace(
                                        "EXAMPLE", "{\"Network\":\"10.244.0.0/16\",\"Backend\":{\"Type\":\"vxlan\"}}"));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            fd00::/125                                   | IPv6Network: "fd00::/125" cannot be used. It is too small to divide: its prefix length may be at most /124.
            0000:0000:0000:0000:0000:0000:0000:0000/200  | IPv6Network: "0000:0000:0000:0000:0000:0000:0000:0000/200" cannot be used. It has a longer prefix than the 128 bits of an IPv6 address.
            ::/0                                         | IPv6Network: "::/0" cannot be used. It overlaps ::/96 (loopback and the unspecified address), so pods
            ::ffff:10.0.0.0/104                          | IPv6Network: "::ffff:10.0.0.0/104" cannot be used. It overlaps ::ffff:0.0.0.0/96 (IPv4-mapped), so pods
            fe80::/48                                    | IPv6Network: "fe80::/48" cannot be used. It overlaps fe80::/10 (link-local), so pods
            ff00::/48                                    | IPv6Network: "ff00::/48" cannot be used. It overlaps ff00::/8 (multicast), so pods
            64:ff9b::/96                                 | IPv6Network: "64:ff9b::/96" cannot be used. It overlaps 64:ff9b::/96 (translated to IPv4), so pods
            64:ff9b:1:5::/64                             | IPv6Network: "64:ff9b:1:5::/64" cannot be used. It overlaps 64:ff9b:1::/48 (translated to IPv4), so pods
            100::/64                                     | IPv6Network: "100::/64" cannot be used. It overlaps 100::/64 (discarded by routers), so pods
            0.0.0.0/0                                    | Network: "0.0.0.0/0" cannot be used. It overlaps 0.0.0.0/8 (this network), so pods
            127.0.0.0/8                                  | Network: "127.0.0.0/8" cannot be used. It overlaps 127.0.0.0/8 (loopback), so pods
            126.0.0.0/7                                  | Network: "126.0.0.0/7" cannot be used. It overlaps 127.0.0.0/8 (loopback), so pods
            224.0.0.0/8                                  | Network: "224.0.0.0/8" cannot be used. It overlaps 224.0.0.0/4 (multicast), so pods
            255.255.0.0/16                               | Network: "255.255.0.0/16" cannot be used. It overlaps 255.255.255.255/32 (broadcast), so pods
            169.254.0.0/16                               | Network: "169.254.0.0/16" cannot be used. It overlaps 169.254.0.0/16 (link-local), so pods
            """)
    void refusesNetworksThatPodsCannotHave(String network, String message) {
        String json = network.contains(":")
                ? "{\"EnableIPv4\":false,\"EnableIPv6\":true,\"IPv6Network\":\"%s\"}"
                : "{\"Network\":\"%s\"}";
        assertThatThrownBy(() -> NetworkConfig.parse(WHERE, json.formatted(network)))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith(WHERE + ": " + message);
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            4  | "VNI":9999999                  |
            4  | "VNI":10000000                 | VNI: 10000000 cannot be used. Give a number from 0 to 9999999: the kernel does not allow a name as long as flannel.10000000.
            46 | "VNI":9999                     |
            46 | "VNI":10000                    | VNI: 10000 cannot be used. Give a number from 0 to 9999: the kernel does not allow a name as long as flannel-v6.10000.
            46 | "VNI":10000,"External":true    |
            4  | "VNI":16777216                 | VNI: 16777216 cannot be used. Give a number from 0 to 16777215.
            4  | "VNI":-1                       | VNI: -1 cannot be used. Give a number from 0 to 16777215.
            4  | "Vni":"5"                      | VNI: "5" cannot be used. Give a number from 0 to 16777215, without quotes.
            4  | "Port":65536                   | Port: 65536 cannot be used. Give a number from 0 to 65535.
            4  | "MTU":118                      |
            4  | "MTU":117                      | MTU: 117 cannot be used. Give 0, or a number from 118 to 65535: the tunnel takes 50 bytes, and IPv4 needs 68.
            46 | "MTU":1330                     |
            46 | "MTU":1329                     | MTU: 1329 cannot be used. Give 0, or a number from 1330 to 65535: the tunnel takes 50 bytes, and IPv6 needs 1280.
            4  | "MTU":70000                    | MTU: 70000 cannot be used. Give a number from 0 to 65535.
            4  | "DirectRouting":"true"         | DirectRouting: "true" cannot be used. Give true or false, without quotes.
            4  | "External":true,"Learning":true | External: true cannot be used. The options Learning and GBP are for devices with a table of their own. Remove them.
            """)
    void knowsWhatTheKernelCanMakeOfTheOptionsOfVxlan(String families, String options, String message) {
        String six = families.equals("46") ? "\"EnableIPv6\":true,\"IPv6Network\":\"fd00:3::/48\"," : "";
        String json = "{%s\"Network\":\"10.3.0.0/16\",\"Backend\":{\"Type\":\"vxlan\",%s}}".formatted(six, options);
        if (message == null) {
            assertThat(NetworkConfig.parse(WHERE, json).type()).isEqualTo(BackendType.VXLAN);
        } else {
            assertThatThrownBy(() -> NetworkConfig.parse(WHERE, json))
                    .isInstanceOf(ConfigException.class)
                    .hasMessage(WHERE + ": Backend: " + message);
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            "Network":"10.3.0.0/16","_note":"x","//":1     |
            "Network":"10.3.0.0/16","SubnetLenght":24      | : there is no key "SubnetLenght", which is ignored. Did you mean "SubnetLen"?
            "Network":"10.3.0.0/16","Future":[1]           | : there is no key "Future", which is ignored.
            "Network":"10.3.0.0/16","IPv6Network":"fd00::/48" | : IPv6Network is ignored without "EnableIPv6":true.
            "Network":"250.3.0.0/16"                       | : Network is 250.3.0.0/16, in 240.0.0.0/4 (reserved), whose packets routers and other hosts may drop.
            "Network":"10.3.0.0/16","EnableIPv6":true,"IPv6Network":"2002:a00::/48" | : IPv6Network is 2002:a00::/48, in 2002::/16 (6to4), whose packets routers and other hosts may drop.
            "Network":"10.3.0.0/16","EnableIPv6":true,"IPv6Network":"2001:0:5::/48" | : IPv6Network is 2001:0:5::/48, in 2001::/32 (Teredo), whose packets routers and other hosts may drop.
            "Network":"10.3.0.0/16","EnableIPv6":true,"IPv6Network":"5f00::/48" | : IPv6Network is 5f00::/48, in a block that IANA has not assigned.
            "Network":"10.3.0.0/16","Backend":{"TYPE":"VXLAN","vni":7,"Directrouting":true} |
            "Network":"10.3.0.0/16","Backend":{"Type":"vxlan","DirectRoutng":true} | : Backend: the backend vxlan has no option "DirectRoutng", which is ignored. Did you mean "DirectRouting"?
            "Network":"10.3.0.0/16","Backend":{"Type":"host-gw","VNI":1} | : Backend: the backend host-gw has no option "VNI", which is ignored.
            """)
    void doubtsWhatMeansNothingButGoesOn(String fields, String doubt) {
        assertThat(NetworkConfig.parse(WHERE, "{" + fields + "}").doubts())
                .isEqualTo(doubt == null ? List.of() : List.of(WHERE + doubt));
    }

    @Test
    void saysThatKubernetesCutsTheNetwork() {
        NetworkConfig config =
                NetworkConfig.withGivenSubnets("net-conf.json", "{\"Network\":\"10.3.0.0/16\",\"SubnetLen\":26}");
        assertThat(config.doubts())
                .containsExactly(
                        "net-conf.json: SubnetLen is ignored, because Kubernetes assigns each node its subnet.");
        assertThat(config.pool(Family.IPV4).orElseThrow().couldHold(Cidr.parse("10.3.0.0/16")))
                .isTrue();
    }

    @Test
    void readsNamesWhateverTheirCase() {
        NetworkConfig config =
                NetworkConfig.parse(WHERE, "{\"network\":\"10.3.0.0/16\",\"backend\":{\"TYPE\":\"VXLAN\",\"vni\":7}}");
        assertThat(config.network(Family.IPV4)).hasToString("10.3.0.0/16");
        assertThat(config.type()).isEqualTo(BackendType.VXLAN);
        assertThat(config.option(VxlanKeys.VNI)).isEqualTo(7);
        assertThat(config.option(VxlanKeys.PORT)).isZero();
        assertThat(config.option(VxlanKeys.DIRECT_ROUTING)).isFalse();
    }

    @Test
    void showsNoSecretAndNothingThatMayBeOneUnderAWrongName() {
        String json = "{\"Network\":\"10.3.0.0/16\",\"PKS\":\"s3cret\","
                + "\"Backend\":{\"Type\":\"vxlan\",\"VNI\":7,\"PSK\":\"s3cret\"}}";
        NetworkConfig config = NetworkConfig.parse(WHERE, json);
        assertThat(config.redacted())
                .isEqualTo("{\"Backend\":{\"PSK\":\"(hidden)\",\"Type\":\"vxlan\",\"VNI\":7},"
                        + "\"Network\":\"10.3.0.0/16\",\"PKS\":\"(hidden)\"}");
        assertThat(config.redactedBackend()).isEqualTo("{\"PSK\":\"(hidden)\",\"Type\":\"vxlan\",\"VNI\":7}");
        assertThat(config + " " + config.backend() + " " + config.source() + " " + config.doubts())
                .doesNotContain("s3cret");
    }

    @Test
    void hidesTheValueOfASecretOption() {
        BackendOption<String> psk = BackendOption.text("PSK", "", "a key").secret();
        assertThat(NetworkConfig.redacted(
                        Map.of("Backend", Map.of("Type", "x", "PSK", "s3cret")),
                        name -> name.equals("Type") || name.equals(psk.name()) && !psk.isSecret()))
                .isEqualTo(Map.of("Backend", Map.of("Type", "x", "PSK", "(hidden)")));
        JsonFields wrong = new JsonFields("config: Backend", Map.of("PSK", List.of("s3cret")));
        assertThatThrownBy(() -> psk.of(wrong))
                .hasMessage("config: Backend: PSK: (hidden) cannot be used. See the page of the backend.");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"Network":"10.3.0.0/16"}                                     | UDP
            {"Network":"10.3.0.0/16","Backend":null}                      | UDP
            {"Network":"10.3.0.0/16","Backend":{"Type":"host-gw"}}        | HOST_GW
            {"Network":"10.3.0.0/16","Backend":{"Type":"alloc"}}          | ALLOC
            """)
    void takesUdpOnlyWhenNoBackendIsConfigured(String json, BackendType type) {
        assertThat(NetworkConfig.parse(WHERE, json).type()).isEqualTo(type);
    }

    @Test
    void offersWholeBlocksBetweenTheEnds() {
        AddressPool pool = NetworkConfig.parse(WHERE, "{\"Network\":\"10.3.0.0/16\",\"SubnetMax\":\"10.3.3.0\"}")
                .pool(Family.IPV4)
                .orElseThrow();
        assertThat(SubnetAllocator.free(pool, List.of(), _ -> false, 100))
                .extracting(Cidr::toString)
                .containsExactly("10.3.1.0/24", "10.3.2.0/24", "10.3.3.0/24");
        assertThat(pool.offers(Cidr.parse("10.3.3.0/24"))).isTrue();
        assertThat(pool.offers(Cidr.parse("10.3.0.0/24"))).isFalse();
        assertThat(pool.offers(Cidr.parse("10.3.4.0/24"))).isFalse();
        assertThat(pool.offers(Cidr.parse("10.3.3.0/25"))).isFalse();
        assertThat(pool.couldHold(Cidr.parse("10.3.3.0/25"))).isTrue();
        assertThat(pool.couldHold(Cidr.parse("10.3.64.0/18"))).isTrue();
        assertThat(pool.couldHold(Cidr.parse("10.3.128.0/17"))).isFalse();
        assertThat(pool.couldHold(Cidr.parse("10.3.0.0/16"))).isFalse();
        assertThat(pool.couldHold(Cidr.parse("10.0.0.0/8"))).isFalse();
        assertThat(pool.couldHold(Cidr.parse("fd00::/64"))).isFalse();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"Network":"10.3.0.0/16"}                             | 10.3.0.2   | 10.3.0.254
            {"Network":"10.3.0.0/28"}                             | 10.3.0.2   | 10.3.0.2
            {"Network":"10.3.0.0/16","SubnetMin":"10.3.9.0"}      | 10.3.0.2   | 10.3.8.254
            {"Network":"10.3.0.0/16","SubnetMin":"10.3.0.0"}      | 10.3.0.0   | 10.3.255.254
            {"Network":"10.3.0.0/16","SubnetMin":"10.3.0.0","SubnetMax":"10.3.9.0"} | 10.3.10.0 | 10.3.255.254
            """)
    void nodesWithoutPodsGetAddressesThatAreNotHandedOutAsSubnetsIfThereAreAny(String json, String min, String max) {
        AddressPool pool =
                NetworkConfig.parse("test", json).forHosts().pool(Family.IPV4).orElseThrow();
        assertThat(pool.subnetLength()).isEqualTo(31);
        assertThat(pool.min()).isEqualTo(Ip.parse(min));
        assertThat(pool.max()).isEqualTo(Ip.parse(max));
    }

    @Test
    void nodesWithoutPodsGetIpv6AddressesBelowTheFirstSubnet() {
        AddressPool pool = NetworkConfig.parse(
                        "test", "{\"EnableIPv4\":false,\"EnableIPv6\":true,\"IPv6Network\":\"fd05::/48\"}")
                .forHosts()
                .pool(Family.IPV6)
                .orElseThrow();
        assertThat(pool.offers(Cidr.parse("fd05::2/127"))).isTrue();
        assertThat(pool.offers(Cidr.parse("fd05::/127"))).isFalse();
        assertThat(pool.offers(Cidr.parse("fd05:0:0:1::/127"))).isFalse();
    }
}

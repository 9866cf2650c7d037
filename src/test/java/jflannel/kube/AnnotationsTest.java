package jflannel.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.lease.Announcement;
import jflannel.lease.AnnouncementJson;
import jflannel.lease.NetworkConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AnnotationsTest {
    private static final String VTEP = "{\"VNI\":1,\"VtepMAC\":\"12:c6:65:89:b4:e3\"}";
    private static final NetworkConfig DUAL = NetworkConfig.withGivenSubnets(
            "net-conf.json",
            "{\"Network\":\"10.5.0.0/16\",\"EnableIPv6\":true,\"IPv6Network\":\"fd00:5::/48\",\"Backend\":{\"Type\":\"vxlan\"}}");
    private static final NetworkConfig V4 = NetworkConfig.withGivenSubnets(
            "net-conf.json", "{\"Network\":\"10.5.0.0/16\",\"SubnetLen\":9,\"SubnetMin\":\"1.2.3.4\"}");

    /// @param addresses of either family, separated by blanks
    private static Announcement announcement(String addresses, String type, Map<Family, String> data) {
        Map<Family, Ip> publicIps =
                Arrays.stream(addresses.split(" ")).map(Ip::parse).collect(Collectors.toMap(Ip::family, ip -> ip));
        return new Announcement(publicIps, type, data);
    }

    static NodeRecord node(String name, List<String> podCidrs, Map<String, String> annotations) {
        return new NodeRecord(name, "1", "2026-01-31T12:00:00Z", podCidrs, annotations, Optional.empty());
    }

    private static Map<String, String> written(Announcement mine, Map<Family, Ip> overwrites) {
        Map<String, String> written = new LinkedHashMap<>();
        Annotations.of(mine, overwrites).forEach((name, value) -> value.ifPresent(text -> written.put(name, text)));
        return written;
    }

    @Test
    void writesWhatGoFlannelWrites() {
        assertThat(written(
                        announcement("192.0.2.10 2001:db8::10", "vxlan", Map.of(Family.IPV4, VTEP, Family.IPV6, VTEP)),
                        Map.of()))
                .isEqualTo(Map.of(
                        "kube-subnet-manager", "true",
                        "backend-type", "vxlan",
                        "public-ip", "192.0.2.10",
                        "backend-data", VTEP,
                        "public-ipv6", "2001:db8::10",
                        "backend-v6-data", VTEP));
    }

    @ParameterizedTest(name = "{0} at {1}")
    @CsvSource(delimiter = '|', textBlock = """
            host-gw | 192.0.2.10              | backend-data=null backend-type=host-gw public-ip=192.0.2.10
            ''      | 192.0.2.10              | backend-data=null backend-type= public-ip=192.0.2.10
            host-gw | 2001:db8::10            | backend-type=host-gw backend-v6-data=null public-ipv6=2001:db8::10
            host-gw | 192.0.2.10 2001:db8::10 | backend-data=null backend-type=host-gw backend-v6-data=null public-ip=192.0.2.10 public-ipv6=2001:db8::10
            """)
    void writesNullWhereThereIsNoData(String type, String addresses, String expected) {
        String words = written(announcement(addresses, type, Map.of()), Map.of()).entrySet().stream()
                .filter(entry -> !entry.getKey().equals(Annotations.MANAGED))
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .sorted()
                .collect(Collectors.joining(" "));
        assertThat(words).isEqualTo(expected);
    }

    @Test
    void removesWhatAFamilyThatIsGoneHasLeft() {
        assertThat(Annotations.of(announcement("192.0.2.10", "vxlan", Map.of(Family.IPV4, VTEP)), Map.of()))
                .containsEntry("public-ipv6", Optional.empty())
                .containsEntry("backend-v6-data", Optional.empty());
    }

    @Test
    void publishesAnOverwriteInsteadOfTheAddress() {
        NodeRecord node = node("n", List.of(), Map.of("public-ip-overwrite", "203.0.113.9"));
        Announcement mine = announcement("192.0.2.10 2001:db8::10", "host-gw", Map.of());
        assertThat(written(mine, Annotations.overwrites(node)))
                .containsEntry("public-ip", "203.0.113.9")
                .containsEntry("public-ipv6", "2001:db8::10");
    }

    @Test
    void readsBackWhatItWrites() {
        Announcement mine =
                announcement("192.0.2.10 2001:db8::10", "vxlan", Map.of(Family.IPV4, VTEP, Family.IPV6, VTEP));
        NodeRecord node = node("n", List.of("fd00:5:0:1::/64", "10.5.1.0/24"), written(mine, Map.of()));
        assertThat(Annotations.lease(node, DUAL).announced()).isEqualTo(mine);
        assertThat(Annotations.lease(node, DUAL).cidrs())
                .containsExactly(Cidr.parse("10.5.1.0/24"), Cidr.parse("fd00:5:0:1::/64"));
        assertThat(Annotations.lease(node, V4).cidrs()).containsExactly(Cidr.parse("10.5.1.0/24"));
    }

    /// Whatever passes is written into the state file later, where a text that is not JSON would harm all others.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "x",
                "{VNI:1}",
                "{\"VNI\":1",
                "{\"VNI\":1}{}",
                "'{\"VNI\":1}'",
                "[1,]",
                "nul",
                "\"",
                "\u0000",
                "{\"a\":\"\t\"}"
            })
    void refusesBackendDataThatIsNoJson(String data) {
        for (Family family : Family.values()) {
            NodeRecord node = node(
                    "n",
                    List.of("10.5.1.0/24"),
                    Map.of("public-ip", "192.0.2.1", Annotations.backendData(family), data));
            assertThatThrownBy(() -> Annotations.lease(node, V4))
                    .hasMessageContaining("the annotation " + Annotations.backendData(family))
                    .hasMessageContaining("is not JSON");
        }
        NodeRecord type =
                node("n", List.of("10.5.1.0/24"), Map.of("public-ip", "192.0.2.1", "backend-type", "x".repeat(65)));
        assertThatThrownBy(() -> Annotations.lease(type, V4)).hasMessage("the annotation backend-type is too long");
    }

    @ParameterizedTest(name = "{0} is {1}")
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            { "b" : 1, "a" : [ true ] } | {"a":[true],"b":1}
            null                        | (none)
            ~~                          | (none)
            ~   ~                       | (none)
            "text of a command"         | "text of a command"
            7                           | 7
            """)
    void readsBackendDataInOneForm(String data, String form) {
        NodeRecord node = node("n", List.of(), Map.of("backend-data", data));
        Announcement announced = Annotations.announcement(node);
        assertThat(announced.backendData(Family.IPV4).orElse("(none)")).isEqualTo(form);
        assertThat(AnnouncementJson.parse(AnnouncementJson.format(announced))).isEqualTo(announced);
    }

    @ParameterizedTest(name = "{0} with {1}")
    @CsvSource(delimiter = '|', textBlock = """
            10.5.1.0/24               | 300.0.0.1    | the annotation public-ip, "300.0.0.1", is not an IPv4 address
            10.5.1.0/24               | 2001:db8::1  | the annotation public-ip, "2001:db8::1", is not an IPv4 address
            10.5.1.0/24               | 0.0.0.0      | it has no public address
            10.5.1.0/24               | ''           | it has no public address
            10.6.1.0/24               | 192.0.2.1    | its podCIDR 10.6.1.0/24 is not within the network 10.5.0.0/16
            10.0.0.0/8                | 192.0.2.1    | its podCIDR 10.0.0.0/8 is not within the network 10.5.0.0/16
            ten                       | 192.0.2.1    | its podCIDR "ten" is not a subnet
            fd00:5:1::/64             | 192.0.2.1    | it has no podCIDR of the network's families
            10.5.1.0/24 10.5.2.0/24   | 192.0.2.1    | its podCIDRs [10.5.1.0/24, 10.5.2.0/24] are not one subnet for each family
            """)
    void saysWhatIsWrongWithANode(String podCidrs, String publicIp, String fault) {
        NodeRecord node = node("n", List.of(podCidrs.split(" ")), Map.of("public-ip", publicIp));
        assertThatThrownBy(() -> Annotations.lease(node, V4)).hasMessage(fault);
    }
}

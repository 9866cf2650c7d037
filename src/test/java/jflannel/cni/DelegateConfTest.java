package jflannel.cni;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jflannel.json.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DelegateConfTest {
    private static final String SUBNET_ENV = """
            FLANNEL_NETWORK=10.244.0.0/16
            FLANNEL_SUBNET=10.244.33.1/24
            FLANNEL_MTU=1450
            FLANNEL_IPMASQ=true
            """;

    private static final String IPV6 = """
            FLANNEL_IPV6_NETWORK=fd00:10:244::/56
            FLANNEL_IPV6_SUBNET=fd00:10:244:1::1/64
            """;

    private static String delegate(String subnetEnv, String conf) {
        return Json.compact(
                DelegateConf.of(NetConf.parse(conf), SubnetEnvironment.parse("/run/flannel/subnet.env", subnetEnv)));
    }

    /// What Go flannel's plugin was seen to save for this configuration.
    @Test
    void isTheSameTextAsGoFlannels() {
        assertThat(delegate(SUBNET_ENV, """
                        {"cniVersion":"1.0.0","name":"cbr0","type":"flannel","subnetFile":"/run/flannel/subnet.env",
                        "dataDir":"/var/lib/cni/flannel","ipam":{"type":"host-local","dataDir":"/var/lib/cni/networks"},
                        "delegate":{"hairpinMode":true,"isDefaultGateway":true}}
                        """))
                .isEqualTo("{\"cniVersion\":\"1.0.0\",\"hairpinMode\":true,\"ipMasq\":false,"
                        + "\"ipam\":{\"dataDir\":\"/var/lib/cni/networks\",\"ranges\":[[{\"subnet\":\"10.244.33.0/24\"}]],"
                        + "\"routes\":[{\"dst\":\"10.244.0.0/16\"}],\"type\":\"host-local\"},\"isDefaultGateway\":true,"
                        + "\"isGateway\":true,\"mtu\":1450,\"name\":\"cbr0\",\"type\":\"bridge\"}");
    }

    /// {I} stands for the ipam that subnet.env makes when the user says nothing about it.
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            nothing is given             |                                     | "ipMasq":false,"ipam":{I},"isGateway":true,"mtu":1450,"name":"n","type":"bridge"
            an empty delegate            | ,"delegate":{}                      | "ipMasq":false,"ipam":{I},"isGateway":true,"mtu":1450,"name":"n","type":"bridge"
            delegate is null             | ,"delegate":null,"ipam":null,"runtimeConfig":null | "ipMasq":false,"ipam":{I},"isGateway":true,"mtu":1450,"name":"n","type":"bridge"
            a version                    | ,"cniVersion":"0.3.1"               | "cniVersion":"0.3.1","ipMasq":false,"ipam":{I},"isGateway":true,"mtu":1450,"name":"n","type":"bridge"
            the user's word wins         | ,"delegate":{"mtu":1400,"ipMasq":true,"isGateway":false} | "ipMasq":true,"ipam":{I},"isGateway":false,"mtu":1400,"name":"n","type":"bridge"
            even if it is null           | ,"delegate":{"mtu":null}            | "ipMasq":false,"ipam":{I},"isGateway":true,"mtu":null,"name":"n","type":"bridge"
            another type is no gateway   | ,"delegate":{"type":"ptp"}          | "ipMasq":false,"ipam":{I},"mtu":1450,"name":"n","type":"ptp"
            unknown fields pass          | ,"delegate":{"forceAddress":true}   | "forceAddress":true,"ipMasq":false,"ipam":{I},"isGateway":true,"mtu":1450,"name":"n","type":"bridge"
            a runtime configuration      | ,"runtimeConfig":{"mac":"02::1"}    | "ipMasq":false,"ipam":{I},"isGateway":true,"mtu":1450,"name":"n","runtimeConfig":{"mac":"02::1"},"type":"bridge"
            even an empty one            | ,"runtimeConfig":{}                 | "ipMasq":false,"ipam":{I},"isGateway":true,"mtu":1450,"name":"n","runtimeConfig":{},"type":"bridge"
            names in another case        | ,"CNIVersion":"0.4.0"               | "cniVersion":"0.4.0","ipMasq":false,"ipam":{I},"isGateway":true,"mtu":1450,"name":"n","type":"bridge"
            """)
    void fillsWhatIsMissing(String what, String more, String delegate) {
        String ipam = "{\"ranges\":[[{\"subnet\":\"10.244.33.0/24\"}]],\"routes\":[{\"dst\":\"10.244.0.0/16\"}],"
                + "\"type\":\"host-local\"}";
        assertThat(delegate(SUBNET_ENV, "{\"name\":\"n\"" + (more == null ? "" : more) + "}"))
                .isEqualTo("{" + delegate.replace("{I}", ipam) + "}");
    }

    @ParameterizedTest(name = "{0} becomes {1}")
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            {"type":"dhcp"}                   | {"ranges":[[{"subnet":"10.244.33.0/24"}]],"routes":[{"dst":"10.244.0.0/16"}],"type":"dhcp"}
            {"ranges":[[{"subnet":"1.2.3.0/24"}]]} | {"ranges":[[{"subnet":"10.244.33.0/24"}]],"routes":[{"dst":"10.244.0.0/16"}],"type":"host-local"}
            {"routes":null}                   | {"ranges":[[{"subnet":"10.244.33.0/24"}]],"routes":[{"dst":"10.244.0.0/16"}],"type":"host-local"}
            {"routes":[{"dst":"0.0.0.0/0","gw":"10.1.1.1"}]} | {"ranges":[[{"subnet":"10.244.33.0/24"}]],"routes":[{"dst":"0.0.0.0/0","gw":"10.1.1.1"},{"dst":"10.244.0.0/16"}],"type":"host-local"}
            """)
    void keepsTheUsersIpamButForTheRanges(String given, String made) {
        assertThat(delegate(SUBNET_ENV, "{\"name\":\"n\",\"ipam\":" + given + "}"))
                .contains("\"ipam\":" + made);
    }

    @Test
    void namesBothFamiliesIpv4First() {
        assertThat(delegate(IPV6 + SUBNET_ENV, "{\"name\":\"n\"}"))
                .contains("\"ranges\":[[{\"subnet\":\"10.244.33.0/24\"}],[{\"subnet\":\"fd00:10:244:1::/64\"}]]")
                .contains("\"routes\":[{\"dst\":\"10.244.0.0/16\"},{\"dst\":\"fd00:10:244::/56\"}]");
    }

    @Test
    void masqueradesIfFlanneldDoesNot() {
        assertThat(delegate(SUBNET_ENV.replace("=true", "=false"), "{\"name\":\"n\"}"))
                .contains("\"ipMasq\":true");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            "delegate":{"name":"x"}   | 'delegate' dictionary must not have 'name' field, it'll be set by flannel
            "delegate":{"ipam":{}}    | 'delegate' dictionary must not have 'ipam' field, it'll be set by flannel
            "delegate":{"type":7}     | 'delegate' dictionary, if present, must have (string) 'type' field
            "delegate":{"type":null}  | 'delegate' dictionary, if present, must have (string) 'type' field
            "delegate":[]             | delegate: [] cannot be used. Give an object.
            "ipam":"dhcp"             | ipam: "dhcp" cannot be used. Give an object.
            "dataDir":{}              | dataDir: {} cannot be used. Give a string.
            "ipam":{"routes":{}}      | failed to parse ipam.routes: {} cannot be used.
            "ipam":{"routes":[7]}     | failed to parse ipam.routes: 7 cannot be used.
            "ipam":{"routes":[{"dst":"10.0.0.0"}]} | failed to parse ipam.routes: {"dst":"10.0.0.0"} cannot be used.
            """)
    void saysWhatCannotBeUsed(String field, String message) {
        assertThatThrownBy(() -> delegate(SUBNET_ENV, "{\"name\":\"n\"," + field + "}"))
                .isInstanceOf(CniException.class)
                .hasMessageContaining(message);
    }
}

package jflannel.cni;

import static org.assertj.core.api.Assertions.assertThat;

import jflannel.json.Json;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GatewaysTest {
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            {"dst":"10.244.0.0/16"}             | {"dst":"10.244.0.0/16","gw":"10.244.1.1"}
            {"dst":"fd00::/56"}                 | {"dst":"fd00::/56","gw":"fd00::1"}
            {"dst":"10.0.0.0/8","gw":"10.1.1.1"} | {"dst":"10.0.0.0/8","gw":"10.1.1.1"}
            {"dst":"10.0.0.0/8","mtu":1400}     | {"dst":"10.0.0.0/8","gw":"10.244.1.1","mtu":1400}
            {"dst":7}                           | {"dst":7}
            "route"                             | "route"
            """)
    void namesThatOfTheAddressOfTheSameFamily(String route, String named) {
        String result = "{\"ips\":[7,{\"gateway\":\"10.244.1.1\"},{\"gateway\":\"fd00::1\"}],\"routes\":[%s]}";
        assertThat(Json.compact(Gateways.named(Json.object(result.formatted(route)))))
                .isEqualTo(result.formatted(named));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            {}
            {"ips":[],"routes":[{"dst":"10.0.0.0/8"}]}
            {"ips":7,"routes":{}}
            {"ips":[{"address":"10.1.1.1/24"}],"routes":[{"dst":"10.0.0.0/8"}]}
            """)
    void leavesARouteAloneIfThereIsNone(String result) {
        assertThat(Json.compact(Gateways.named(Json.object(result)))).isEqualTo(result);
    }
}

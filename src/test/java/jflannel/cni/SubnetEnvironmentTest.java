package jflannel.cni;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import jflannel.ip.Cidr;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SubnetEnvironmentTest {
    private static SubnetEnvironment parse(String lines) {
        return SubnetEnvironment.parse("/f", lines.replace(' ', '\n').replace("FL_", "FLANNEL_"));
    }

    @Test
    void readsBothFamilies() {
        assertThat(parse("FL_NETWORK=10.244.0.0/16 FL_SUBNET=10.244.1.1/24 FL_IPV6_NETWORK=fd00::/56"
                        + " FL_IPV6_SUBNET=fd00::1/64 FL_MTU=1450 FL_IPMASQ=true"))
                .isEqualTo(new SubnetEnvironment(
                        List.of(Cidr.parse("10.244.0.0/16"), Cidr.parse("fd00::/56")),
                        List.of(Cidr.parse("10.244.1.0/24"), Cidr.parse("fd00::/64")),
                        1450,
                        true));
    }

    @Test
    void readsAListOfNetworksAndDropsWhatIsThereTwice() {
        assertThat(parse("FL_NETWORK=10.1.0.0/16,10.2.0.0/16,10.1.2.0/16 FL_SUBNET=10.1.1.1/24 FL_MTU=1 FL_IPMASQ=x")
                        .networks())
                .containsExactly(Cidr.parse("10.1.0.0/16"), Cidr.parse("10.2.0.0/16"));
    }

    @ParameterizedTest(name = "IPMASQ={0}: {1}")
    @CsvSource({"true, true", "false, false", "TRUE, false", "1, false", "'', false"})
    void masqueradesOnTheWordTrueAlone(String word, boolean masquerade) {
        assertThat(parse("FL_NETWORK=10.1.0.0/16 FL_SUBNET=10.1.1.1/24 FL_MTU=1 FL_IPMASQ=" + word)
                        .masquerade())
                .isEqualTo(masquerade);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            x                                            | FLANNEL_NETWORK, FLANNEL_IPV6_NETWORK, FLANNEL_SUBNET, FLANNEL_IPV6_SUBNET, FLANNEL_MTU, FLANNEL_IPMASQ
            FL_NETWORK=10.1.0.0/16                       | FLANNEL_SUBNET, FLANNEL_IPV6_SUBNET, FLANNEL_MTU, FLANNEL_IPMASQ
            FL_IPV6_SUBNET=fd00::1/64 FL_MTU=1           | FLANNEL_NETWORK, FLANNEL_IPV6_NETWORK, FLANNEL_IPMASQ
            """)
    void namesAllThatIsMissing(String lines, String missing) {
        assertThatThrownBy(() -> parse(lines))
                .hasMessage("failed to load flannel 'subnet.env' file: /f is missing " + missing
                        + ". Check the flannel pod log for this node.");
    }

    @ParameterizedTest(name = "{0} instead of {1}")
    @CsvSource(delimiter = '|', textBlock = """
            FL_NETWORK=10.1.0.0/16 | FL_NETWORK=10.1.0.0    | invalid CIDR address: 10.1.0.0 (FLANNEL_NETWORK in /f
            FL_NETWORK=10.1.0.0/16 | FL_NETWORK=10.1.0.0/16,| invalid CIDR address:  (FLANNEL_NETWORK in /f
            FL_NETWORK=10.1.0.0/16 | FL_NETWORK=fd00::/16   | invalid CIDR address: fd00::/16 (FLANNEL_NETWORK in /f must be of IPv4)
            FL_SUBNET=10.1.1.1/24  | FL_SUBNET=10.1.1.1/33  | invalid CIDR address: 10.1.1.1/33 (FLANNEL_SUBNET in /f
            FL_MTU=1               | FL_MTU=-1              | invalid MTU: -1 (FLANNEL_MTU in /f
            FL_MTU=1               | FL_MTU=4294967296      | invalid MTU: 4294967296 (FLANNEL_MTU in /f
            """)
    void saysWhichLineCannotBeUsed(String right, String wrong, String message) {
        String lines = "FL_NETWORK=10.1.0.0/16 FL_SUBNET=10.1.1.1/24 FL_MTU=1 FL_IPMASQ=true";
        assertThat(parse(lines).mtu()).isEqualTo(1);
        assertThatThrownBy(() -> parse(lines.replace(right, wrong)))
                .hasMessageStartingWith("failed to load flannel 'subnet.env' file: " + message);
    }
}

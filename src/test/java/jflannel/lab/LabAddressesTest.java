package jflannel.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import jflannel.ip.Family;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LabAddressesTest {
    @ParameterizedTest
    @CsvSource(useHeadersInDisplayName = true, delimiter = '|', textBlock = """
            node | family | address          | subnet              | pod
            1    | IPV4   | 10.168.0.2       | 100.96.1.0/24       | 100.96.1.2
            2    | IPV4   | 10.168.0.3       | 100.96.2.0/24       | 100.96.2.3
            3    | IPV4   | 10.168.0.4       | 100.96.3.0/24       | 100.96.3.2
            100  | IPV4   | 10.168.0.101     | 100.96.100.0/24     | 100.96.100.2
            1    | IPV6   | fd00:10:168::2   | fd00:100:96:1::/64  | fd00:100:96:1::2
            2    | IPV6   | fd00:10:168::3   | fd00:100:96:2::/64  | fd00:100:96:2::3
            100  | IPV6   | fd00:10:168::65  | fd00:100:96:64::/64 | fd00:100:96:64::2
            """)
    void areThoseOfTheExplanations(int node, Family family, String address, String subnet, String pod) {
        assertThat(LabAddresses.node(node, family)).hasToString(address);
        assertThat(LabAddresses.subnet(node, family)).hasToString(subnet);
        assertThat(LabAddresses.pod(node, LabAddresses.subnet(node, family))).hasToString(pod);
        assertThat(LabAddresses.network(family).contains(LabAddresses.subnet(node, family)))
                .isTrue();
        assertThat(LabAddresses.link(family).contains(LabAddresses.node(node, family)))
                .isTrue();
    }

    @Test
    void reserveASubnetTheWayFlannelReadsIt() {
        List<Family> both = List.of(Family.IPV6, Family.IPV4);
        assertThat(LabAddresses.leaseKey(1, List.of(Family.IPV4))).isEqualTo("100.96.1.0-24");
        assertThat(LabAddresses.leaseKey(1, List.of(Family.IPV6))).isEqualTo("fd00:100:96:1::-64");
        assertThat(LabAddresses.leaseKey(1, both)).isEqualTo("100.96.1.0-24&fd00:100:96:1::-64");
        assertThat(LabAddresses.reservation(1, List.of(Family.IPV4))).isEqualTo("{\"PublicIP\":\"10.168.0.2\"}");
        assertThat(LabAddresses.reservation(1, both))
                .isEqualTo("{\"PublicIP\":\"10.168.0.2\",\"PublicIPv6\":\"fd00:10:168::2\"}");
        assertThat(LabAddresses.reservation(1, List.of(Family.IPV6)))
                .isEqualTo("{\"PublicIP\":\"0.0.0.0\",\"PublicIPv6\":\"fd00:10:168::2\"}");
    }
}

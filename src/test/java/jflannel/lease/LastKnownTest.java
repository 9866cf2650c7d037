package jflannel.lease;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LastKnownTest {
    @ParameterizedTest(name = "{0} at {1} with {2} in {3}: {4}")
    @CsvSource(useHeadersInDisplayName = true, delimiter = '|', textBlock = """
            had                       | at        | backend | network       | suits
            10.5.1.0/24               | 192.0.2.1 | vxlan   | 10.5.0.0/16   | true
            10.5.1.0/24               | 192.0.2.1 | vxlan   | 10.4.0.0/15   | true
            10.5.1.0/24               | 192.0.2.9 | vxlan   | 10.5.0.0/16   | false
            10.5.1.0/24               | 192.0.2.1 | host-gw | 10.5.0.0/16   | false
            10.5.1.0/24               | 192.0.2.1 | vxlan   | 10.6.0.0/16   | false
            10.5.1.0/24 fd00:5:1::/64 | 192.0.2.1 | vxlan   | 10.5.0.0/16   | false
            10.5.1.0/25               | 192.0.2.1 | vxlan   | 10.5.0.0/16   | true
            10.5.0.0/16               | 192.0.2.1 | vxlan   | 10.5.0.0/16   | true
            10.4.0.0/15               | 192.0.2.1 | vxlan   | 10.5.0.0/16   | false
            """)
    void aLeaseIsTakenUpAgainOnlyAtItsPlace(String had, String at, String backend, String network, boolean suits) {
        LastKnown last = new LastKnown(
                "etcd at home",
                network("10.5.0.0/16"),
                "",
                Map.of(),
                new Lease(Stream.of(had.split(" ")).map(Cidr::parse).toList(), announcement("192.0.2.1", "vxlan")),
                "",
                List.of(),
                List.of());
        assertThat(last.suits(network(network), announcement(at, backend))).isEqualTo(suits);
    }

    @ParameterizedTest(name = "\"{0}\" and today \"{1}\": {2}")
    @CsvSource({
        "52:54:00:12:34:56, 52:54:00:12:34:56, true",
        "52:54:00:12:34:56, 52:54:00:12:34:57, false",
        "52:54:00:12:34:56, '', false",
        "'', 52:54:00:12:34:56, false",
        "'', '', false"
    })
    void whatAnUnknownHostRemembersIsNobodys(String remembered, String today, boolean same) {
        LastKnown last = new LastKnown(
                "etcd at home",
                network("10.5.0.0/16"),
                remembered,
                Map.of(),
                new Lease(List.of(Cidr.parse("10.5.1.0/24")), announcement("192.0.2.1", "vxlan")),
                "",
                List.of(),
                List.of());
        assertThat(last.isOf(today)).isEqualTo(same);
    }

    private static NetworkConfig network(String pods) {
        return NetworkConfig.withGivenSubnets("test", "{\"Network\":\"" + pods + "\"}");
    }

    private static Announcement announcement(String address, String backend) {
        return new Announcement(Map.of(Family.IPV4, Ip.parse(address)), backend, Map.of());
    }
}

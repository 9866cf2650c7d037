package jflannel.lab.scale;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.lease.Announcement;
import jflannel.lease.AnnouncementJson;
import jflannel.lease.NetworkConfig;
import jflannel.lease.SubnetKey;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SimulatedNodesTest {
    @ParameterizedTest
    @ValueSource(strings = {"IPV4", "IPV6", "IPV4 IPV6"})
    void eachLeaseIsUsableAndLikeNoOther(String families) {
        Set<Family> inUse = EnumSet.noneOf(Family.class);
        List.of(families.split(" ")).forEach(name -> inUse.add(Family.valueOf(name)));
        SimulatedNodes simulated = new SimulatedNodes(inUse, false, false, false);
        NetworkConfig network = NetworkConfig.parse("test", simulated.networkConfig());
        Map<String, String> leases = simulated.leases(256, 1000);
        Set<Object> seen = new HashSet<>();
        leases.forEach((key, value) -> {
            List<Cidr> cidrs = SubnetKey.parse(key.substring("subnets/".length()));
            Announcement announced = AnnouncementJson.parse(value);
            assertThat(cidrs).hasSize(inUse.size());
            assertThat(announced.publicIps().keySet()).isEqualTo(inUse);
            assertThat(cidrs)
                    .allMatch(cidr -> network.pool(cidr.family()).orElseThrow().offers(cidr));
            inUse.forEach(family -> {
                assertThat(seen.add(announced.publicIp(family))).isTrue();
                assertThat(seen.add(announced.backendData(family))).isTrue();
            });
        });
        assertThat(leases).hasSize(1000);
    }
}

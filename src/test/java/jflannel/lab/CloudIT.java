package jflannel.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import jflannel.ip.Family;
import jflannel.testing.FlannelCommand;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// flanneld itself, with a cloud that is stood in for: packets go by the routes that it puts into the cloud's table.
@ExtendWith(OwnNetns.class)
class CloudIT {
    @ParameterizedTest
    @EnumSource(
            value = Scenario.class,
            names = {"AWS_VPC", "GCE"})
    void podsReachEachOtherByTheCloudsTableAndARouteThatIsDeletedComesBack(Scenario scenario) throws Exception {
        try (Lab lab = Lab.with(
                LabSetup.of(scenario).withFamilies(EnumSet.allOf(Family.class)).withNftables(true))) {
            for (Family family : Family.values()) {
                assertThat(lab.reach(1, 2, family, 30)).as("ping by " + family).isNotNegative();
            }
            String status = lab.node(2)
                    .host()
                    .call(() -> FlannelCommand.run(
                            "status", "--etcd-endpoints=" + lab.store().endpoints()))
                    .output();
            assertThat(status).contains("cloud      routes pods to ", " of ");
            assertThat(lab.router().sh("ip route show 100.96.2.0/24")).contains("via 10.168.0.3");
            lab.cloud().orElseThrow().deleteRoutesOf(lab.node(2));
            assertThat(lab.router().sh("ip route show 100.96.2.0/24")).isEmpty();
            assertThat(lab.reach(1, 2, Family.IPV4, 20))
                    .as("mended; " + lab.node(2).flanneld().output())
                    .isNotNegative();
            assertThat(lab.router().sh("ip -6 route show fd00:100:96:2::/64")).contains("via fd00:10:168::3");
        }
    }
}

package jflannel.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import jflannel.ip.Family;
import jflannel.lease.ConfigException;
import jflannel.lease.NetworkConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LabSetupTest {
    @ParameterizedTest
    @EnumSource
    void writesAConfigurationThatFlannelReads(Scenario scenario) {
        for (EnumSet<Family> families :
                Arrays.asList(EnumSet.of(Family.IPV4), EnumSet.of(Family.IPV6), EnumSet.allOf(Family.class))) {
            if (!scenario.carries(families)) {
                continue;
            }
            String json = LabSetup.of(scenario)
                    .withFamilies(families)
                    .withNftables(true)
                    .networkConfig();
            NetworkConfig config = NetworkConfig.parse("config", json);
            assertThat(config.pools().keySet()).isEqualTo(families);
            assertThat(config.nftables()).isTrue();
            assertThat(scenario.title()).startsWith(config.type().title());
        }
    }

    @Test
    void refusesWhatCannotBe() {
        LabSetup setup = LabSetup.of(Scenario.UDP);
        assertThatThrownBy(() -> setup.withNodes(0))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("--nodes: 0");
        assertThatThrownBy(() -> setup.withNodes(101)).hasMessageContaining("from 1 to 100");
        assertThatThrownBy(() -> setup.withFlanneld(3, Path.of("/bin/true")))
                .hasMessageContaining("--flanneld: 3")
                .hasMessageContaining("1 to 2");
    }

    @Test
    void addsFlagsToTheLabsOwn() {
        assertThat(LabSetup.of(Scenario.VXLAN)
                        .withFlags("-v=1")
                        .withFlags("-v=2")
                        .flags())
                .containsExactly("--ip-masq", "-v=1", "-v=2");
    }
}

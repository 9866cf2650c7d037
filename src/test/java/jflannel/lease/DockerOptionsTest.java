package jflannel.lease;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

/// That the script writes the same is in DockerOptionsIT.
class DockerOptionsTest {
    private static final String SUBNET_FILE = """
            FLANNEL_NETWORK=10.244.0.0/16
            FLANNEL_SUBNET=10.244.1.1/24
            FLANNEL_MTU=1450
            FLANNEL_IPMASQ=true
            """;

    @Test
    void dockerGetsTheSubnetAndLeavesMasqueradingToFlanneld() {
        assertThat(DockerOptions.text(SUBNET_FILE, Map.of("PATH", "/bin"))).isEqualTo("""
                DOCKER_OPT_BIP="--bip=10.244.1.1/24"
                DOCKER_OPT_IPMASQ="--ip-masq=false"
                DOCKER_OPT_MTU="--mtu=1450"
                DOCKER_OPTS=" --bip=10.244.1.1/24 --ip-masq=false --mtu=1450"
                """);
    }

    @Test
    void whatIsNotKnownIsLeftOut() {
        assertThat(DockerOptions.text("FLANNEL_IPV6_SUBNET=fd00:10:244:1::1/64\n", Map.of()))
                .isEqualTo("DOCKER_OPTS=\"\"\n");
    }

    @Test
    void theEnvironmentAddsOptions() {
        assertThat(DockerOptions.text(
                        "FLANNEL_MTU=1450\n",
                        Map.of(
                                "DOCKER_OPT_DIRECT",
                                "--allow-direct-routing",
                                "DOCKER_OPTS",
                                "-D",
                                "x.DOCKER_OPT_",
                                "no")))
                .isEqualTo("""
                        DOCKER_OPT_DIRECT="--allow-direct-routing"
                        DOCKER_OPT_MTU="--mtu=1450"
                        DOCKER_OPTS="-D --allow-direct-routing --mtu=1450"
                        """);
    }
}

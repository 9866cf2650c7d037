package jflannel.lease;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DockerOptionsTest {
    private static final String SUBNET_FILE = """
            FLANNEL_NETWORK=10.244.0.0/16
            FLANNEL_SUBNET=10.244.1.1/24
            FLANNEL_MTU=1450
            FLANNEL_IPMASQ=true
            """;

    @Test
    void dockerGetsTheSubnetAndLeavesMasqueradingToFlanneld() {
        assertThat(new DockerOptions(true, true).text(SUBNET_FILE)).isEqualTo("""
                DOCKER_OPT_BIP="--bip=10.244.1.1/24"
                DOCKER_OPT_DIRECT="--allow-direct-routing"
                DOCKER_OPT_IPMASQ="--ip-masq=false"
                DOCKER_OPT_MTU="--mtu=1450"
                DOCKER_OPTS=" --bip=10.244.1.1/24 --allow-direct-routing --ip-masq=false --mtu=1450"
                """);
    }

    @Test
    void whatIsNotKnownIsLeftOut() {
        assertThat(new DockerOptions(false, false).text("FLANNEL_IPV6_SUBNET=fd00:10:244:1::1/64\n"))
                .isEqualTo("DOCKER_OPTS=\"\"\n");
    }
}

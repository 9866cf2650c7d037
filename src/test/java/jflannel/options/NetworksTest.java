package jflannel.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import jflannel.lease.ConfigException;
import jflannel.names.Names;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NetworksTest {
    private static Options parse(String... flags) {
        return Options.parse(List.of(flags), Map.of());
    }

    @Test
    void eachNetworkHasTheOptionsOfADaemonOfItsOwn() {
        Options blue = parse(
                        "--networks=red,blue",
                        "--etcd-prefix=/nets",
                        "--subnet-dir=/run/nets",
                        "--state-file=/data/state.json",
                        "--ip-masq")
                .networks
                .getLast();
        assertThat(blue.etcd.prefix).isEqualTo("/nets/blue");
        assertThat(blue.node.subnetFile).isEqualTo(Path.of("/run/nets/blue.env"));
        assertThat(blue.node.stateFile).isEqualTo(Path.of("/data/state-blue.json"));
        assertThat(blue.node.networkName()).contains(new Names("blue"));
        assertThat(blue.firewall.masquerade).isTrue();
        assertThat(blue.networks).isEmpty();
    }

    /// The tools read a daemon's flags from its status, and its environment from the kernel.
    @Test
    void theFlagsOfANetworkNameItWhateverTheEnvironmentSays() {
        Map<String, String> environment = Map.of("FLANNELD_NETWORKS", "red,blue", "FLANNELD_ETCD_PREFIX", "/nets");
        Options red = Options.parse(List.of(), environment).networks.getFirst();
        Options again = Options.parse(red.given, environment);
        assertThat(again.networks).isEmpty();
        assertThat(again.etcd.prefix).isEqualTo("/nets/red");
        assertThat(again.node.subnetFile).isEqualTo(Path.of("/run/flannel/networks/red.env"));
    }

    @Test
    void aDaemonWithoutNetworksHasNone() {
        assertThat(parse("--ip-masq").networks).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"red,", "Red", "red,red", "default", "auto", "seventh", "../red", "red blue"})
    void whatIsNoListOfNamesIsRefused(String names) {
        assertThatThrownBy(() -> parse("--networks=" + names))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("--networks");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--subnet-file=/run/x.env",
                "--network-name=x",
                "--docker-opts-file=/run/x",
                "--docker-network=x",
                "--status-page=8080",
                "--trace-key=/etc/x",
                "--kube-subnet-mgr"
            })
    void whatIsForOneNetworkIsRefusedBesideSeveral(String flag) {
        assertThatThrownBy(() -> parse("--networks=red,blue", flag))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(flag.replaceFirst("=.*", ""));
    }
}

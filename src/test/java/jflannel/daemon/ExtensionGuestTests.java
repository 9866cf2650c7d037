package jflannel.daemon;

import static jflannel.daemon.Labs.soon;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import jflannel.lab.Lab;
import jflannel.lab.LabNode;
import org.junit.jupiter.api.Test;

/// The example that builds a mesh of GRE tunnels, on a kernel that has GRE; run by [KernelBackendsIT].
class ExtensionGuestTests {
    private static final Path GRE = Path.of("docs/examples/extension/gre").toAbsolutePath();

    @Test
    void aMeshOfGreTunnelsConnectsPodsOfBothFamiliesAndGoesWithTheBackend() throws Exception {
        String command = "\"%sCommand\":\"" + GRE + " %s\"";
        Lab lab = GuestLab.with("{\"Type\":\"extension\",\"MTU\":1476,"
                + String.join(
                        ",",
                        command.formatted("PostStartup", "up"),
                        command.formatted("SubnetAdd", "add"),
                        command.formatted("SubnetRemove", "remove"))
                + "}");
        LabNode node = lab.node(1);
        assertThat(node.sh("cat /run/flannel/subnet.env")).contains("FLANNEL_MTU=1476");
        assertThat(node.sh("ip -d link show mesh-gre")).contains("gre remote any local 10.168.0.2");
        soon(
                "both routes are there",
                () -> node.sh("ip route; ip -6 route")
                        .matches(
                                "(?s).*100.96.2.0/24 via 100.96.2.0 dev mesh-gre.*fd00:100:96:2::/64 via fd00:100:96:2:: dev mesh-gre.*"));
        GuestLab.with("{\"Type\":\"host-gw\"}");
        soon(
                "what the commands added is gone",
                () -> !node.sh("ip route; ip -6 route; ip neigh")
                        .replaceAll("(?m)^(fe80|fd00:100:96:1::/?\\S* dev|100.96.1.0).*", "")
                        .contains("mesh-gre"));
    }
}

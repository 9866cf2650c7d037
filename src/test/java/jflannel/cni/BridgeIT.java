package jflannel.cni;

import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeMap;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What becomes of cni0 when its node gets another subnet, with the real plugin `bridge`.
@ExtendWith(OwnNetns.class)
class BridgeIT {
    @TempDir
    Path directory;

    private final CniRuntime runtime = new CniRuntime();

    private String conf(String more) {
        return """
                {"cniVersion":"1.0.0","name":"cbr0","type":"flannel","subnetFile":"%1$s/subnet.env","dataDir":"%1$s/data",
                "ipam":{"type":"host-local","dataDir":"%1$s/ipam"},"delegate":{"isDefaultGateway":true%2$s}}
                """.formatted(directory, more);
    }

    private void lease(String subnet) throws IOException {
        Files.writeString(directory.resolve("subnet.env"), """
                FLANNEL_NETWORK=10.244.0.0/16
                FLANNEL_SUBNET=%s
                FLANNEL_MTU=1450
                FLANNEL_IPMASQ=true
                """.formatted(subnet));
    }

    /// A pod that was there while the node had the subnet 10.244.33.0/24.
    private void startAPodInTheFormerSubnet(String more) throws IOException {
        sh("mount -t sysfs sysfs /sys && ip netns add pod1 && ip netns add pod2");
        lease("10.244.33.1/24");
        runtime.add("pod1", conf(more));
    }

    @Test
    void anUnusedBridgeGetsTheAddressOfTheNewSubnet() throws Exception {
        startAPodInTheFormerSubnet("");
        runtime.delete("pod1", conf(""));
        lease("10.244.44.1/24");
        runtime.add("pod2", conf(""));
        assertThat(sh("ip -o -4 addr show cni0 | awk '{print $4}'")).isEqualTo("10.244.44.1/24");
        assertThat(sh("ip route")).doesNotContain("10.244.33.");
        assertThat(sh("ip netns exec pod2 ping -c 1 -W 5 10.244.44.1")).contains(" 0% packet loss");
    }

    @Test
    void aBridgeThatAPodUsesKeepsItsAddress() throws Exception {
        startAPodInTheFormerSubnet("");
        lease("10.244.44.1/24");
        assertThat((String) runtime.fails("ADD", "pod2", conf("")).get("msg"))
                .contains("\"cni0\" already has an IP address different from 10.244.44.1/24");
        assertThat(sh("ip -o -4 addr show cni0 | awk '{print $4}'")).isEqualTo("10.244.33.1/24");
        assertThat(sh("ip netns exec pod1 ping -c 1 -W 5 10.244.33.1")).contains(" 0% packet loss");
    }

    @Test
    void theUsersOwnDecisionStands() throws Exception {
        String never = ",\"forceAddress\":false";
        startAPodInTheFormerSubnet(never);
        runtime.delete("pod1", conf(never));
        lease("10.244.44.1/24");
        assertThat((String) runtime.fails("ADD", "pod2", conf(never)).get("msg"))
                .contains("already has an IP address");
    }

    @ParameterizedTest
    @ValueSource(strings = {"cni9", "..", "/", "../../../tmp", ""})
    void anotherNameIsNoReasonToChangeAnything(String name) throws Exception {
        sh("mount -t sysfs sysfs /sys && ip link add cni0 type bridge");
        var delegate = new TreeMap<String, Object>();
        delegate.put("type", "bridge");
        delegate.put("bridge", name);
        Bridge.allowNewAddress(delegate);
        assertThat(delegate).doesNotContainKey("forceAddress");
        delegate.put("bridge", "cni0");
        Bridge.allowNewAddress(delegate);
        assertThat(delegate).containsEntry("forceAddress", true);
    }
}

package jflannel.cni;

import static jflannel.testing.Sh.sh;
import static jflannel.testing.Sh.succeeds;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import jflannel.json.Json;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// The plugin with the real `bridge`, `host-local` and `portmap`. What is expected was seen with Go flannel's plugin.
@ExtendWith(OwnNetns.class)
class FlannelPluginIT {
    private static final String SUBNET_ENV = """
            FLANNEL_NETWORK=10.244.0.0/16
            FLANNEL_SUBNET=10.244.33.1/24
            FLANNEL_MTU=1450
            FLANNEL_IPMASQ=true
            """;

    @TempDir
    Path directory;

    private final CniRuntime runtime = new CniRuntime();

    @BeforeEach
    void writeSubnetEnv() throws IOException {
        Files.writeString(directory.resolve("subnet.env"), SUBNET_ENV);
    }

    private String conf(String version, String more) {
        return """
                {"cniVersion":"%1$s","name":"cbr0","type":"flannel","subnetFile":"%2$s/subnet.env","dataDir":"%2$s/data",
                "ipam":{"type":"host-local","dataDir":"%2$s/ipam"},"delegate":{"hairpinMode":true,"isDefaultGateway":true}%3$s}
                """.formatted(version, directory, more);
    }

    private String conf() {
        return conf("1.0.0", "");
    }

    private static void makePod(String name) throws IOException {
        sh("ip netns add " + name + " && ip -n " + name + " link set lo up");
    }

    @Test
    void aPodGetsWhatGoFlannelGivesIt() throws Exception {
        makePod("pod1");
        Map<String, Object> result = Json.object(runtime.add("pod1", conf()));
        assertThat(Json.compact(result.get("ips")))
                .isEqualTo("[{\"address\":\"10.244.33.2/24\",\"gateway\":\"10.244.33.1\",\"interface\":2}]");
        assertThat(Json.compact(result.get("routes")))
                .isEqualTo("[{\"dst\":\"10.244.0.0/16\"},{\"dst\":\"0.0.0.0/0\",\"gw\":\"10.244.33.1\"}]");
        assertThat(sh("ip -o -4 addr show cni0")).contains("inet 10.244.33.1/24 brd 10.244.33.255 scope global cni0");
        assertThat(sh("ip link show cni0")).contains("mtu 1450", "state UP");
        assertThat(sh("bridge -d link show")).contains("master cni0", "hairpin on");
        assertThat(sh("ip -n pod1 link show eth0")).contains("mtu 1450", "state UP");
        assertThat(sh("ip -n pod1 -o -4 addr show eth0")).contains("10.244.33.2/24 brd 10.244.33.255");
        assertThat(sh("ip -n pod1 route").lines().map(String::strip))
                .containsExactly(
                        "default via 10.244.33.1 dev eth0",
                        "10.244.0.0/16 via 10.244.33.1 dev eth0",
                        "10.244.33.0/24 dev eth0 proto kernel scope link src 10.244.33.2");
        assertThat(sh("ip netns exec pod1 ping -c 1 -W 5 10.244.33.1")).contains(" 0% packet loss");
    }

    @Test
    void savesWhatGoFlannelSaves() throws Exception {
        makePod("pod1");
        runtime.add("pod1", conf());
        Path saved = directory.resolve("data/pod1");
        assertThat(saved)
                .hasContent("{\"cniVersion\":\"1.0.0\",\"hairpinMode\":true,\"ipMasq\":false,\"ipam\":{\"dataDir\":\""
                        + directory + "/ipam\",\"ranges\":[[{\"subnet\":\"10.244.33.0/24\"}]],\"routes\":"
                        + "[{\"dst\":\"10.244.0.0/16\"}],\"type\":\"host-local\"},\"isDefaultGateway\":true,"
                        + "\"isGateway\":true,\"mtu\":1450,\"name\":\"cbr0\",\"type\":\"bridge\"}");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(saved)))
                .isEqualTo("rw-------");
        assertThat(sh("ls " + directory + "/ipam/cbr0")).contains("10.244.33.2");
    }

    @Test
    void deletingLeavesNothingAndMayBeRepeated() throws Exception {
        makePod("pod1");
        runtime.add("pod1", conf());
        Files.delete(directory.resolve("subnet.env")); // DEL must not need it
        runtime.delete("pod1", conf());
        assertThat(sh("ip -n pod1 -br link")).doesNotContain("eth0");
        assertThat(sh("ip -br link show type veth")).isEmpty();
        assertThat(sh("ls " + directory + "/data " + directory + "/ipam/cbr0")).doesNotContain("pod1", "10.244.33.2");
        runtime.delete("pod1", conf());
    }

    @Test
    void deletesAPodWhoseNamespaceIsGone() throws Exception {
        makePod("pod1");
        runtime.add("pod1", conf());
        sh("ip netns del pod1");
        runtime.delete("pod1", conf());
        assertThat(sh("ls " + directory + "/data")).isEmpty();
        assertThat(sh("ls " + directory + "/ipam/cbr0")).doesNotContain("10.244.33.2");
    }

    @Test
    void aPodMayHaveTwoInterfaces() throws Exception {
        makePod("pod1");
        runtime.add("pod1", conf());
        String second = conf().replace("\"isDefaultGateway\":true", "\"isDefaultGateway\":false");
        assertThat(runtime.run("ADD", "flannel", "pod1", "eth1", second).exitCode())
                .isZero();
        assertThat(sh("ip -n pod1 -br addr")).contains("10.244.33.2/24", "10.244.33.3/24");
        assertThat(runtime.run("DEL", "flannel", "pod1", "eth1", second).exitCode())
                .isZero();
        assertThat(sh("ip -n pod1 -br link")).doesNotContain("eth1");
        assertThat(sh("ip -n pod1 -br link")).contains("eth0");
        runtime.delete("pod1", conf());
        assertThat(sh("ls " + directory + "/data")).isEmpty();
    }

    @Test
    void podsMayStartAndEndAllAtOnce() throws Exception {
        List<String> pods = List.of("a", "b", "c", "d", "e", "f");
        for (String pod : pods) {
            makePod(pod);
        }
        sh(script(pods, "ADD"));
        List<String> addresses = new ArrayList<>();
        for (String pod : pods) {
            addresses.add(sh("ip -n " + pod + " -4 -br addr show eth0 | awk '{print $3}'"));
        }
        assertThat(addresses).doesNotHaveDuplicates().allMatch(address -> address.startsWith("10.244.33."));
        sh("ip netns exec a ping -c 1 -W 5 " + addresses.getLast().replace("/24", ""));
        sh(script(pods, "DEL"));
        assertThat(sh("ip -br link show type veth")).isEmpty();
        assertThat(sh("ls " + directory + "/data")).isEmpty();
    }

    /// One shell that starts all plugins and waits for each.
    private String script(List<String> pods, String command) throws IOException {
        Path conf = Files.writeString(directory.resolve("conf"), conf());
        StringBuilder script = new StringBuilder("pids=\n");
        for (String pod : pods) {
            script.append(
                    ("JAVA_HOME=%s JFLANNEL_JAVA_OPTS=-XX:AOTMode=off CNI_COMMAND=%s CNI_CONTAINERID=%s CNI_IFNAME=eth0 CNI_NETNS=/run/netns/%3$s"
                                    + " CNI_PATH=/usr/lib/cni:/opt/cni/bin target/jflannel/cni/flannel <%s & pids=\"$pids $!\"\n")
                            .formatted(System.getProperty("java.home"), command, pod, conf));
        }
        return script + "for pid in $pids; do wait $pid; done";
    }

    @Test
    void aPodHasAddressesOfBothFamilies() throws Exception {
        Files.writeString(directory.resolve("subnet.env"), SUBNET_ENV + """
                FLANNEL_IPV6_NETWORK=fd00:10:244::/56
                FLANNEL_IPV6_SUBNET=fd00:10:244:1::1/64
                """);
        makePod("pod1");
        runtime.add("pod1", conf());
        assertThat(sh("ip -n pod1 -br addr show eth0")).contains("10.244.33.2/24", "fd00:10:244:1::2/64");
        assertThat(sh("ip -n pod1 -6 route")).contains("fd00:10:244::/56 via fd00:10:244:1::1");
    }

    /// The list that Kubernetes installs: flannel, then portmap with flannel's result.
    @Test
    void portmapFollowsInAChain() throws Exception {
        makePod("pod1");
        String conf = conf("0.3.1", "");
        String result = runtime.add("pod1", conf);
        String portmap = "{\"cniVersion\":\"0.3.1\",\"name\":\"cbr0\",\"type\":\"portmap\",\"capabilities\":"
                + "{\"portMappings\":true},\"runtimeConfig\":{\"portMappings\":[{\"hostPort\":8080,\"containerPort\":80,"
                + "\"protocol\":\"tcp\"}]},\"prevResult\":" + result + "}";
        Map<String, Object> last = Json.object(runtime.succeeds("ADD", "portmap", "pod1", portmap));
        assertThat(last.get("ips")).isEqualTo(Json.object(result).get("ips"));
        assertThat(sh("iptables -t nat -S")).contains("--dport 8080 -j DNAT --to-destination 10.244.33.2:80");
        runtime.succeeds("DEL", "portmap", "pod1", portmap);
        runtime.delete("pod1", conf);
        assertThat(sh("iptables -t nat -S")).doesNotContain("10.244.33.2");
    }

    @Test
    void checksThatAPodStillHasItsAddress() throws Exception {
        makePod("pod1");
        String result = runtime.add("pod1", conf());
        String conf = conf("1.0.0", ",\"prevResult\":" + result);
        assertThat(runtime.succeeds("CHECK", "flannel", "pod1", conf)).isEmpty();
        sh("ip -n pod1 addr del 10.244.33.2/24 dev eth0");
        assertThat((String) runtime.fails("CHECK", "pod1", conf).get("msg")).contains("10.244.33.2");
    }

    @Test
    void passesTheErrorOfADelegateOn() throws Exception {
        Map<String, Object> error = runtime.fails("ADD", "nowhere", conf());
        assertThat((String) error.get("msg")).contains("failed to open netns \"/run/netns/nowhere\"");
        assertThat((String) runtime.fails("ADD", "nowhere", conf().replace("hairpinMode", "type\":\"none\",\"x"))
                        .get("msg"))
                .startsWith("failed to find plugin \"none\" in path [");
    }

    @Test
    void clearsAwayWhatDeadPodsLeft() throws Exception {
        for (String pod : List.of("pod1", "pod2", "pod3")) {
            makePod(pod);
            runtime.add(pod, conf());
        }
        sh("ip netns del pod1; ip netns del pod3; rm " + directory + "/data/pod3@eth0"); // as Go flannel leaves it
        String valid = ",\"cni.dev/valid-attachments\":[{\"containerID\":\"pod2\",\"ifname\":\"eth0\"}]";
        runtime.succeeds("GC", "flannel", "", conf("1.1.0", valid).replace("cbr0", "other"));
        assertThat(sh("ls " + directory + "/data | wc -l")).isEqualTo("5");
        runtime.succeeds("GC", "flannel", "", conf("1.1.0", valid));
        assertThat(sh("ls " + directory + "/data")).isEqualTo("pod2\npod2@eth0");
        assertThat(sh("ls " + directory + "/ipam/cbr0").lines().filter(name -> name.startsWith("10.")))
                .containsExactly("10.244.33.3");
        assertThat(succeeds("ip netns exec pod2 ping -c 1 -W 5 10.244.33.1")).isTrue();
    }
}

package jflannel.backend;

import static jflannel.backend.Cluster.config;
import static jflannel.backend.Cluster.lease;
import static jflannel.backend.Cluster.underlay;
import static jflannel.backend.Cluster.vtep;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import jflannel.ip.Mac;
import jflannel.kernel.Outcome;
import jflannel.lease.Claim;
import jflannel.lease.Lease;
import jflannel.lease.LeaseJudge;
import jflannel.lease.Peers;
import jflannel.status.Board;
import jflannel.testing.Believed;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Whatever one node publishes, with any backend the others are reached as without it.
class BadPeerTest {
    private static final String PSK = "k".repeat(96);
    private static final List<String> BACKENDS = List.of(
            "{\"Type\":\"vxlan\"}",
            "{\"Type\":\"vxlan\",\"DirectRouting\":true}",
            "{\"Type\":\"vxlan\",\"External\":true}",
            "{\"Type\":\"host-gw\"}",
            "{\"Type\":\"ipip\"}",
            "{\"Type\":\"ipip\",\"DirectRouting\":true}",
            "{\"Type\":\"ipsec\",\"PSK\":\"" + PSK + "\"}",
            "{\"Type\":\"extension\",\"SubnetAddCommand\":\"true\"}",
            "{\"Type\":\"alloc\"}");
    private static final String GOOD = "10.5.2.0/24";
    private static final String BAD = "10.5.66.0/24";

    private final FakeKernel kernel = new FakeKernel();

    /// @param address at which the bad node is
    /// @param data its backend's data; empty for none
    /// @param subnet that it has
    private record Kind(String words, String address, String data, String subnet) {}

    static Stream<Arguments> badPeers() {
        List<Kind> kinds = List.of(
                new Kind("data of another shape", "192.0.2.66", "{\"VtepMAC\":7,\"Port\":\"x\"}", BAD),
                new Kind("data that is no object", "192.0.2.66", "[[[\"\\u0000$(reboot)\"]]]", BAD),
                new Kind("data that is no JSON", "192.0.2.66", "}{", BAD),
                new Kind("no data", "192.0.2.66", "", BAD),
                new Kind("this node's address", "192.0.2.1", vtep("02:00:00:00:00:66"), BAD),
                new Kind("the other node's address", "192.0.2.2", vtep("02:00:00:00:00:66"), BAD),
                new Kind("the other node's MAC address", "192.0.2.66", vtep("02:00:00:00:00:02"), BAD),
                new Kind("an address of a family that this node lacks", "2001:db8::66", vtep("02:00:00:00:00:66"), BAD),
                new Kind("an address among the pods", "10.5.2.9", vtep("02:00:00:00:00:66"), BAD),
                new Kind("a part of the other node's subnet", "192.0.2.66", vtep("02:00:00:00:00:66"), "10.5.2.128/25"),
                new Kind("a part of this node's subnet", "192.0.2.66", vtep("02:00:00:00:00:66"), "10.5.1.128/25"),
                new Kind("a multicast address", "224.0.0.1", vtep("01:00:5e:00:00:01"), BAD));
        return BACKENDS.stream().flatMap(backend -> kinds.stream().map(kind -> Arguments.of(backend, kind)));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("badPeers")
    void oneBadPeerHarmsNoOther(String backend, Kind kind) throws Exception {
        kernel.add("eth0", "veth", 1500, Mac.parse("02:00:00:00:00:01"), null);
        String type = backend.replaceFirst(".*\"Type\":\"([^\"]*)\".*", "$1");
        Rig rig = new Rig(config(backend), underlay("192.0.2.1"), kernel);
        Lease own = new Lease(
                lease(type, "10.5.1.0/24", "192.0.2.1").subnets().stream()
                        .map(it -> it.cidr())
                        .toList(),
                rig.announce());
        Lease good = lease(type, GOOD, "192.0.2.2", type.equals("extension") ? "\"hello\"" : vtep("02:00:00:00:00:02"));
        LeaseJudge judge = new LeaseJudge(config(backend), "lease", own, new Board());
        Claim first = new Claim("good", "192.0.2.2", 5, good);
        rig.reconcile(own, judged(judge, first));
        List<String> without = List.copyOf(kernel.shown());

        Lease bad =
                lease(type, kind.subnet, kind.address, kind.data.isEmpty() ? new String[0] : new String[] {kind.data});
        Outcome outcome = rig.reconcile(own, judged(judge, first, new Claim("bad", kind.address, 6, bad)));
        assertThat(outcome.refused()).isEmpty();
        assertThat(kernel.shown()).containsAll(without);
        assertThat(rig.ignored().keySet().stream().map(Object::toString)).noneMatch(it -> it.contains(GOOD));
        assertThat(kernel.shown().stream().filter(it -> !without.contains(it)))
                .as("all that is new is about the bad peer alone")
                .allMatch(it -> it.contains("10.5.66.") || it.contains("192.0.2.66") || it.contains("00:66"));

        rig.reconcile(own, judged(judge, first));
        assertThat(kernel.shown()).as("nothing of it stays").containsExactlyInAnyOrderElementsOf(without);
    }

    private static Peers judged(LeaseJudge judge, Claim... claims) {
        return Believed.after(Believed.NOBODY, judge.reset(List.of(claims), Map.of()));
    }
}

package jflannel.trace;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import jflannel.ip.Ip;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Packets that end on this node although flannel's route is there.
class DeadEndTest {
    private final FakeView view = new FakeView();

    private Hop broken() throws IOException {
        Cluster cluster = WalkerTest.cluster(
                new Cluster.Peer(WalkerTest.SUBNET, false, false, "", List.copyOf(WalkerTest.WANTED)));
        Trace trace = Walker.walk(Question.echo(WalkerTest.POD, WalkerTest.REMOTE), view, cluster);
        assertThat(trace.verdict()).as(trace.summary()).isEqualTo(Verdict.BROKEN);
        return trace.hops().getLast();
    }

    @ParameterizedTest
    @CsvSource({"6, blackhole", "7, unreachable", "8, prohibit"})
    void aRouteThatEndsPacketsIsNamedAndNotCalledMissing(int type, String word) throws Exception {
        view.end("100.96.2.0/25", type);

        Hop hop = broken();
        assertThat(hop.reason()).isEqualTo("a route ends it: " + word + " 100.96.2.0/25");
        assertThat(hop.remedy()).isEqualTo("ip route del " + word + " 100.96.2.0/25");
    }

    @Test
    void aRoutingRuleThatEndsPacketsIsNamed() throws Exception {
        view.rule(100, "100.96.0.0/16", 0, 8);

        Hop hop = broken();
        assertThat(hop.reason()).contains("100: from all to 100.96.0.0/16 prohibit");
        assertThat(hop.remedy()).isEqualTo("ip rule del priority 100");
    }

    @Test
    void anAddressOfAnotherNodesPodOnThisNodeIsNamed() throws Exception {
        view.taken = Ip.parse("100.96.2.3");
        assertThat(broken().remedy()).isEqualTo("ip address del 100.96.2.3/32 dev eth0");
    }

    @Test
    void aDeviceThatAloneDoesNotForwardIsNamed() throws Exception {
        view.sysctls.put("net/ipv4/ip_forward", "1");
        view.sysctls.put("net/ipv4/conf/cni0/forwarding", "0");
        assertThat(broken().remedy()).isEqualTo("sysctl -w net.ipv4.conf.cni0.forwarding=1");
    }
}

package jflannel.trace;

import static jflannel.trace.WalkerTest.POD;
import static jflannel.trace.WalkerTest.REMOTE;
import static jflannel.trace.WalkerTest.SUBNET;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.kernel.Dummy;
import jflannel.kernel.Link;
import jflannel.kernel.Route;
import jflannel.kernel.XfrmPolicy;
import jflannel.kernel.XfrmState;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class IpsecHopsTest {
    private static final XfrmPolicy POLICY = new XfrmPolicy(
            XfrmPolicy.Direction.OUT,
            Cidr.parse("100.96.1.0/24"),
            SUBNET.cidr(),
            Ip.parse("10.168.0.2"),
            SUBNET.publicIp(),
            XfrmPolicy.OURS);

    private final FakeView view = new FakeView();
    private final Cluster cluster = WalkerTest.cluster(
            new Cluster.Peer(SUBNET, false, false, "", List.of(Route.through(SUBNET.cidr(), 9), POLICY)));

    @BeforeEach
    void encrypt() {
        view.link(new Link(9, "flannelx", "dummy", 1423, null, true, 0, new Dummy()));
        view.routes.removeIf(route -> route.protocol() == Route.OURS);
        view.route("100.96.2.0/24", null, 9, Route.OURS);
    }

    private Trace trace() throws IOException {
        return Walker.walk(Question.echo(POD, REMOTE), view, cluster);
    }

    @Test
    void aPolicyIsAHopAndKeysAreItsEvidence() throws Exception {
        view.policies.add(POLICY);
        view.states.add(new XfrmState(POLICY.from(), POLICY.to(), 0xc0ffee, XfrmPolicy.OURS, false));

        Trace trace = trace();
        assertThat(trace.verdict()).as(trace.summary()).isEqualTo(Verdict.OK);
        assertThat(trace.hops())
                .extracting(hop -> hop.step().word() + " " + hop.device())
                .containsSubsequence("route flannelx", "tunnel flannelx", "route eth0", "device eth0");
        assertThat(trace.hops())
                .anyMatch(hop -> hop.packet().contains("10.168.0.2 > 10.168.0.3 [ ESP 0x00c0ffee [ ICMP"))
                .anyMatch(hop -> hop.evidence().contains(POLICY.toString()));
    }

    @Test
    void keysInUdpTakeItsPort() throws Exception {
        view.policies.add(POLICY);
        view.states.add(new XfrmState(POLICY.from(), POLICY.to(), 1, XfrmPolicy.OURS, true));
        assertThat(trace().hops()).anyMatch(hop -> hop.packet().startsWith("UDP 10.168.0.2 > 10.168.0.3:4500 [ ESP"));
    }

    @Test
    void aMissingPolicyIsNamed() throws Exception {
        assertThat(trace().hops().getLast().reason())
                .isEqualTo("no policy encrypts packets from 100.96.1.2 to 100.96.2.3, so flannelx drops it");
    }

    @Test
    void missingKeysAreNamed() throws Exception {
        view.policies.add(POLICY);
        view.states.add(new XfrmState(POLICY.to(), POLICY.from(), 1, XfrmPolicy.OURS, false));
        assertThat(trace().hops().getLast().reason())
                .isEqualTo("the kernel has no keys from 10.168.0.2 to 10.168.0.3, so it drops the packet");
    }
}

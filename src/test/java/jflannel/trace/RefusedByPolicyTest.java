package jflannel.trace;

import static jflannel.trace.WalkerTest.POD;
import static jflannel.trace.WalkerTest.REMOTE;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import jflannel.policy.Direction;
import jflannel.policy.KernelRefusal;
import org.junit.jupiter.api.Test;

class RefusedByPolicyTest {
    private final FakeView view = new FakeView();
    private final Cluster cluster =
            WalkerTest.cluster(new Cluster.Peer(WalkerTest.SUBNET, false, false, "", WalkerTest.WANTED));

    @Test
    void aRefusalIsNamedWithThePoliciesAndHowOften() throws Exception {
        view.refusal = Optional.of(new KernelRefusal(Direction.EGRESS, POD, "inet flannel-policy", 7));
        Hop hop = Walker.walk(Question.echo(POD, REMOTE), view, cluster).hops().getLast();
        assertThat(hop.verdict()).isEqualTo(Verdict.BROKEN);
        assertThat(hop.reason()).contains(POD + " is isolated for egress, and 7 of its packets were refused so far");
        assertThat(hop.evidence()).containsExactly("table inet flannel-policy", "selected by shop/web");
        assertThat(hop.remedy()).endsWith("flannel policy explain " + POD + " " + REMOTE);
    }

    @Test
    void aPodToAPodOfTheSameBridgeIsRefusedToo() throws Exception {
        view.refusal = Optional.of(new KernelRefusal(Direction.INGRESS, POD, "inet flannel-policy", 0));
        Trace trace = Walker.walk(Question.echo(POD, POD.plus(1)), view, cluster);
        assertThat(trace.hops().getLast().reason()).contains("isolated for ingress");
    }
}

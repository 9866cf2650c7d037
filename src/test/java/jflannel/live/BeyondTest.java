package jflannel.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import jflannel.foreign.Packet;
import jflannel.ip.Ip;
import jflannel.trace.Hop;
import jflannel.trace.Live;
import jflannel.trace.Question;
import jflannel.trace.Sighting;
import jflannel.trace.Step;
import jflannel.trace.Trace;
import jflannel.trace.Verdict;
import org.junit.jupiter.api.Test;

class BeyondTest {
    private static final Ip HOST = Ip.parse("192.0.2.2");
    private static final Trace TRACE = new Trace(
            new Question(Ip.parse("10.5.1.2"), Ip.parse("10.5.2.2"), Packet.ICMP, 0),
            List.of(hop(Hop.HERE, "cni0"), hop(Hop.HERE, "eth0"), hop(HOST.toString(), "")),
            List.of());

    private static Hop hop(String node, String device) {
        boolean predicted = !node.equals(Hop.HERE);
        return new Hop(Step.DEVICE, node, predicted, false, device, "", "", List.of(), Verdict.OK, "", "");
    }

    private static Sighting seen(int hop, String device, long request, long reply) {
        return new Sighting(hop, device, time(request), time(reply), true);
    }

    private static OptionalLong time(long micros) {
        return micros < 0 ? OptionalLong.empty() : OptionalLong.of(micros);
    }

    private static Live live(Live.Answer answer, Sighting... sightings) {
        return new Live(List.of(sightings), answer, "", "", true);
    }

    @Test
    void theOtherNodesTimesLieBetweenThoseOfThisOne() {
        Live here = live(Live.Answer.REPLY, seen(0, "cni0", 0, 100), seen(1, "eth0", 10, 90));
        Beyond beyond = Beyond.of(HOST, Optional.of(List.of(seen(0, "eth0", 0, 20), seen(1, "cni0", 5, 15))));
        Trace trace = beyond.joined(TRACE, here);
        assertThat(trace.live().orElseThrow().sightings())
                .containsExactly(
                        seen(0, "cni0", 0, 100),
                        seen(1, "eth0", 10, 90),
                        seen(2, "eth0 of 192.0.2.2", 40, 60),
                        seen(3, "cni0 of 192.0.2.2", 45, 55));
        assertThat(trace.hops()).hasSize(5);
        assertThat(trace.hops().get(2).predicted()).isFalse();
        assertThat(trace.hops().get(4).predicted()).isTrue();
        assertThat(trace.verdict()).isEqualTo(Verdict.OK);
        assertThat(trace.summary()).startsWith("The packet arrives.");
    }

    @Test
    void aDeviceOfTheOtherNodeThatDidNotSeeItIsToBlame() {
        Live here = live(Live.Answer.NONE, seen(0, "cni0", 0, -1), seen(1, "eth0", 10, -1));
        Beyond beyond = Beyond.of(HOST, Optional.of(List.of(seen(0, "eth0", 0, -1), seen(1, "cni0", -1, -1))));
        Trace trace = beyond.joined(TRACE, here);
        assertThat(trace.broken()).hasValue(3);
        assertThat(trace.hops().get(3).reason())
                .isEqualTo("the probe was seen on eth0 of 192.0.2.2, but not on cni0 of 192.0.2.2");
        assertThat(trace.hops().get(3).remedy()).startsWith("Ask the other node: flannel trace 10.5.1.2");
    }

    @Test
    void whatIsLostBetweenTheNodesIsSaidToBe() {
        Live here = live(Live.Answer.NONE, seen(0, "cni0", 0, -1), seen(1, "eth0", 10, -1));
        Trace trace =
                Beyond.of(HOST, Optional.of(List.of(seen(0, "eth0", -1, -1)))).joined(TRACE, here);
        assertThat(trace.hops().get(trace.broken().orElseThrow()).reason())
                .isEqualTo("the probe was seen on eth0, but not on eth0 of 192.0.2.2");
    }

    @Test
    void aNodeThatDoesNotWatchIsPredictedAsEver() {
        Live here = live(Live.Answer.REPLY, seen(0, "cni0", 0, 100));
        Trace trace = Beyond.unwatched(HOST, "nobody answers").joined(TRACE, here);
        assertThat(trace.hops()).hasSize(3);
        assertThat(trace.notes())
                .containsExactly(
                        "192.0.2.2 was not watched: nobody answers.",
                        "Only devices of this node were watched. What happens elsewhere is predicted.");
    }
}

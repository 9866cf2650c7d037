package jflannel.trace;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import jflannel.ip.Ip;
import jflannel.trace.Live.Answer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a probe's sightings say about a trace.
class LiveTest {
    private static final List<Hop> HOPS = List.of(
            Hop.of(Step.POD, "eth0", "", "the pod sends it"),
            Hop.of(Step.DEVICE, "cni0", "", "the bridge"),
            Hop.of(Step.ROUTE, "flannel.1", "", "the route"),
            Hop.of(Step.DEVICE, "flannel.1", "", "the tunnel"),
            Hop.of(Step.PEER, "", "", "it unwraps the packet").on("10.168.0.3"));
    private static final Trace PREDICTED =
            new Trace(Question.echo(Ip.parse("100.96.1.2"), Ip.parse("100.96.2.3")), HOPS, List.of());

    private static Live live(String requests, String replies, Answer answer, String error, boolean demanded) {
        List<Integer> hops = List.of(0, 1, 3);
        return new Live(
                IntStream.range(0, hops.size())
                        .mapToObj(i -> new Sighting(
                                hops.get(i),
                                HOPS.get(hops.get(i)).device(),
                                time(requests.charAt(i), 10 * i),
                                time(replies.charAt(i), 100 - 10 * i),
                                true))
                        .toList(),
                answer,
                "",
                error,
                demanded);
    }

    private static OptionalLong time(char seen, int micros) {
        return seen == 'x' ? OptionalLong.of(micros) : OptionalLong.empty();
    }

    @ParameterizedTest(name = "requests {0}, replies {1}: {3}")
    @CsvSource(delimiter = '|', textBlock = """
            ... | ... | 0 | the probe was not seen on eth0
            x.. | ... | 1 | the probe was seen on eth0, but not on cni0
            xx. | ... | 3 | the probe was seen on cni0, but not on flannel.1
            x.x | ... | 4 | the probe was seen on flannel.1, but no answer came
            xxx | ... | 4 | the probe was seen on flannel.1, but no answer came
            xxx | ..x | 1 | the answer was seen on flannel.1, but not on cni0
            xxx | .xx | 0 | the answer was seen on cni0, but not on eth0
            """)
    void theFirstDeviceWhereItWasNotSeenIsBroken(String requests, String replies, int hop, String reason) {
        Trace trace = PREDICTED.with(live(requests, replies, Answer.NONE, "", true));
        assertThat(trace.verdict()).isEqualTo(Verdict.BROKEN);
        assertThat(trace.broken()).hasValue(hop);
        assertThat(trace.hops().get(hop).reason()).isEqualTo(reason);
        assertThat(trace.summary())
                .isEqualTo("The packet does not arrive: " + reason + ". A probe was sent, and no answer came.");
    }

    /// A program in the kernel may take a packet past a device's tap.
    @Test
    void whatWasAnsweredHasArrivedWhereverItWasSeen() {
        Trace trace = PREDICTED.with(live("x.x", "xxx", Answer.REPLY, "", true));
        assertThat(trace.verdict()).isEqualTo(Verdict.OK);
        assertThat(trace.summary()).endsWith("A probe was sent, and answered after 100 µs.");
        assertThat(trace.notes()).singleElement().asString().contains("Only devices of this node");
    }

    @Test
    void anAnswerSettlesWhatWasUncertain() {
        List<Hop> hops = List.of(HOPS.getFirst().unknown("a rule may drop it", ""));
        Trace trace = new Trace(PREDICTED.question(), hops, List.of());
        assertThat(trace.verdict()).isEqualTo(Verdict.UNKNOWN);
        assertThat(trace.with(live("xxx", "xxx", Answer.REFUSAL, "", true)).verdict())
                .isEqualTo(Verdict.OK);
    }

    @Test
    void anErrorThatComesBackIsNamed() {
        Trace trace = PREDICTED.with(live("xx.", "xx.", Answer.ERROR, "an ICMP error of 100.96.1.1", true));
        assertThat(trace.broken()).hasValue(3);
        assertThat(trace.hops().get(3).reason())
                .isEqualTo(
                        "the probe was seen on cni0, but not on flannel.1; what came back is an ICMP error of 100.96.1.1");
    }

    @Test
    void nobodyHasToAnswerADatagram() {
        assertThat(PREDICTED.with(live("xxx", "...", Answer.NONE, "", false)).verdict())
                .isEqualTo(Verdict.OK);
        assertThat(PREDICTED.with(live("xx.", "...", Answer.NONE, "", false)).verdict())
                .isEqualTo(Verdict.BROKEN);
    }

    @Test
    void nothingIsConcludedFromAProbeThatWasNotSentUnlessTheKernelRefusedIt() {
        assertThat(PREDICTED.with(Live.notSent("not here")).verdict()).isEqualTo(Verdict.OK);
        Trace refused = PREDICTED.with(Live.refused("Operation not permitted"));
        assertThat(refused.broken()).hasValue(0);
        assertThat(refused.summary()).contains("the kernel refuses to send it: Operation not permitted");
    }

    @Test
    void aHopThatIsBrokenAlreadyKeepsItsReason() {
        List<Hop> hops = List.of(HOPS.get(0), HOPS.get(1).broken("cni0 is down", ""));
        Trace trace = new Trace(PREDICTED.question(), hops, List.of()).with(live("xx.", "...", Answer.NONE, "", true));
        assertThat(trace.hops().getLast().reason()).isEqualTo("cni0 is down");
    }
}

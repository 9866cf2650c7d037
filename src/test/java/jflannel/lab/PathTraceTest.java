package jflannel.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import jflannel.capture.CapturedPacket;
import jflannel.capture.CapturedPacket.Layer;
import jflannel.ip.Ip;
import jflannel.lab.PathTrace.Hop;
import jflannel.lab.PathTrace.Observation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PathTraceTest {
    private static final Ip FROM = Ip.parse("100.96.1.2");
    private static final Ip TO = Ip.parse("100.96.2.3");
    private static final List<Hop> WAY = List.of(
            new Hop("node-1", "cni0"), new Hop("node-1", "eth0"), new Hop("node-2", "eth0"), new Hop("node-2", "cni0"));

    private static CapturedPacket echo(boolean reply, Ip source, Ip destination) {
        return new CapturedPacket(List.of(new Layer.Network(source, destination, 64), new Layer.Echo(reply, 1, 64, 0)));
    }

    private static PathTrace trace(String requests, String replies) {
        return new PathTrace(
                FROM,
                TO,
                IntStream.range(0, WAY.size())
                        .mapToObj(i -> new Observation(
                                WAY.get(i),
                                requests.charAt(i) == 'x' ? echo(false, FROM, TO) : null,
                                replies.charAt(i) == 'x' ? echo(true, TO, FROM) : null))
                        .toList());
    }

    @Test
    void losesNothingThatWasSeenEverywhere() {
        assertThat(trace("xxxx", "xxxx").loss()).isEmpty();
    }

    @ParameterizedTest(name = "requests {0}, replies {1}: {2}")
    @CsvSource(delimiter = '|', textBlock = """
            .... | .... | the echo request was not seen on cni0 on node-1
            xx.. | .... | the echo request was not seen on eth0 on node-2
            x.xx | xxxx | the echo request was not seen on eth0 on node-1
            xxxx | .... | the echo reply was not seen on cni0 on node-2
            xxxx | .xxx | the echo reply was not seen on cni0 on node-1
            xxxx | ..xx | the echo reply was not seen on eth0 on node-1
            """)
    void namesTheFirstPlaceOnTheWayWhereSomethingIsMissing(String requests, String replies, String loss) {
        assertThat(trace(requests, replies).loss()).get().hasToString(loss);
    }

    @Test
    void picksThePingOutOfOtherPackets() {
        Observation observation = PathTrace.observation(
                WAY.getFirst(),
                List.of(
                        echo(false, TO, FROM),
                        new CapturedPacket(List.of(new Layer.Network(FROM, TO, 64), new Layer.Other(6))),
                        echo(false, FROM, TO),
                        echo(true, TO, FROM)),
                FROM,
                TO);
        assertThat(observation.request()).isEqualTo(echo(false, FROM, TO));
        assertThat(observation.reply()).isEqualTo(echo(true, TO, FROM));
    }
}

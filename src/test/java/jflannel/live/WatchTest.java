package jflannel.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.Stream;
import jflannel.foreign.Packet;
import jflannel.ip.Ip;
import jflannel.trace.Question;
import jflannel.trace.Sighting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class WatchTest {
    private static final Sighting SEEN = new Sighting(0, "eth0", OptionalLong.of(0), OptionalLong.of(77), true);
    private static final Sighting UNSEEN =
            new Sighting(1, "flannel.1", OptionalLong.empty(), OptionalLong.empty(), false);

    private static Probe probe(String source, String destination, int protocol, int port, long mark) {
        return new Probe(new Question(Ip.parse(source), Ip.parse(destination), protocol, port), 50_000, mark);
    }

    static Stream<Probe> probes() {
        return Stream.of(
                probe("10.244.1.2", "10.244.2.2", Packet.ICMP, 0, 1),
                probe("fd05:1::2", "fd05:2::2", Packet.ICMPV6, 0, Long.MAX_VALUE),
                probe("10.244.1.2", "10.244.2.2", Packet.TCP, 65_535, 7),
                probe("fd05:1::2", "fd05:2::2", Packet.UDP, 53, 7));
    }

    @ParameterizedTest
    @MethodSource("probes")
    void aProbeIsReadAsItWasWritten(Probe probe) {
        assertThat(Watch.probe(Watch.of(probe))).contains(probe);
    }

    static Stream<Probe> noProbes() {
        return Stream.of(
                probe("10.244.1.2", "10.244.2.2", Packet.ICMP, 0, 0), // which other packets have, too
                probe("10.244.1.2", "10.244.2.2", Packet.ICMP, 0, -1),
                probe("10.244.1.2", "10.244.2.2", Packet.ICMP, 9, 1),
                probe("10.244.1.2", "10.244.2.2", Packet.ICMPV6, 0, 1),
                probe("10.244.1.2", "10.244.2.2", Packet.TCP, 0, 1),
                probe("10.244.1.2", "10.244.2.2", 50, 0, 1));
    }

    @ParameterizedTest
    @MethodSource("noProbes")
    void nothingElseIsWatchedFor(Probe probe) {
        assertThat(Watch.probe(Watch.of(probe))).isEmpty();
    }

    @Test
    void whatIsTooShortOrTooLongIsRefused() {
        byte[] probe = Watch.of(probes().findFirst().orElseThrow());
        byte[] seen = Watch.of(List.of(SEEN, UNSEEN));
        for (int length = 0; length < probe.length; length++) {
            assertThat(Watch.probe(Arrays.copyOf(probe, length))).isEmpty();
        }
        assertThat(Watch.probe(Arrays.copyOf(probe, probe.length + 1))).isEmpty();
        for (int length = 0; length < seen.length; length++) {
            assertThat(Watch.sightings(Arrays.copyOf(seen, length))).isEmpty();
        }
        assertThat(Watch.sightings(Arrays.copyOf(seen, seen.length + 1))).isEmpty();
    }

    @Test
    void sightingsAreReadAsTheyWereWritten() {
        assertThat(Watch.sightings(Watch.of(List.of(SEEN, UNSEEN)))).contains(List.of(SEEN, UNSEEN));
        assertThat(Watch.sightings(Watch.of(List.of()))).contains(List.of());
    }

    @Test
    void nothingOfItSteersATerminal() {
        Sighting evil = new Sighting(0, "\u001b[2J", OptionalLong.empty(), OptionalLong.empty(), true);
        assertThat(Watch.sightings(Watch.of(List.of(evil)))
                        .orElseThrow()
                        .getFirst()
                        .device())
                .doesNotContain("\u001b");
        assertThat(Watch.refusal(Watch.refusal("\u001b[2J"))).doesNotContain("\u001b");
    }

    @Test
    void whateverComesIsReadOrRefused() {
        Random random = new Random(3);
        for (int i = 0; i < 20_000; i++) {
            byte[] body = new byte[random.nextInt(80)];
            random.nextBytes(body);
            Watch.sightings(body).ifPresent(list -> assertThat(list).hasSizeLessThanOrEqualTo(16));
            Watch.probe(body).ifPresent(probe -> assertThat(probe.mark()).isPositive());
            assertThat(Watch.refusal(body)).isNotNull();
        }
    }
}

package jflannel.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChallengesTest {
    private static final byte[] TRACER = {1};
    private static final InetSocketAddress FROM = new InetSocketAddress("192.0.2.1", 4000);

    private long now = 5;
    private final Challenges challenges = new Challenges(() -> now);

    @Test
    void eachCountsOnce() {
        byte[] number = challenges.make(TRACER, FROM);
        assertThat(challenges.redeem(number, TRACER, FROM)).isTrue();
        assertThat(challenges.redeem(number, TRACER, FROM)).isFalse();
    }

    @Test
    void eachCountsForWhomItWasMadeAlone() {
        assertThat(challenges.redeem(challenges.make(TRACER, FROM), new byte[] {2}, FROM))
                .isFalse();
        InetSocketAddress other = new InetSocketAddress("192.0.2.2", 4000);
        assertThat(challenges.redeem(challenges.make(TRACER, FROM), TRACER, other))
                .isFalse();
        assertThat(challenges.redeem(new byte[Message.NUMBER_BYTES], TRACER, FROM))
                .isFalse();
    }

    @Test
    void eachExpires() {
        byte[] number = challenges.make(TRACER, FROM);
        byte[] other = challenges.make(TRACER, FROM);
        now += 5_000_000_000L;
        assertThat(challenges.redeem(number, TRACER, FROM)).isTrue();
        now++;
        assertThat(challenges.redeem(other, TRACER, FROM)).isFalse();
    }

    @Test
    void thereAreNeverMany() {
        List<byte[]> numbers = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            numbers.add(challenges.make(TRACER, FROM));
        }
        assertThat(numbers.stream()
                        .filter(number -> challenges.redeem(number, TRACER, FROM))
                        .count())
                .isEqualTo(16);
    }
}

package jflannel.lab.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PingTimesTest {
    @Test
    void readsEachTimeThatPingPrinted() {
        PingTimes times = PingTimes.parse("""
                PING 100.96.2.3 (100.96.2.3) 56(84) bytes of data.
                64 bytes from 100.96.2.3: icmp_seq=1 ttl=62 time=0.110 ms
                64 bytes from 100.96.2.3: icmp_seq=2 ttl=62 time=0.072 ms
                64 bytes from 100.96.2.3: icmp_seq=4 ttl=62 time=12 ms

                --- 100.96.2.3 ping statistics ---
                4 packets transmitted, 3 received, 25% packet loss, time 15ms
                rtt min/avg/max/mdev = 0.072/4.060/12.000/5.614 ms
                """);
        assertThat(times).isEqualTo(new PingTimes(4, List.of(0.072, 0.11, 12.0)));
    }

    @Test
    void takesTheNearestRankAsPercentile() {
        PingTimes times = new PingTimes(
                200, IntStream.rangeClosed(1, 200).mapToObj(i -> (double) i).toList());
        assertThat(times.percentile(50)).isEqualTo(100);
        assertThat(times.percentile(99)).isEqualTo(198);
        assertThat(times.percentile(100)).isEqualTo(200);
    }

    @Test
    void countsLostPingsAsTheSlowest() {
        PingTimes times = new PingTimes(4, List.of(1.0, 2.0, 3.0));
        assertThat(times.percentile(50)).isEqualTo(2);
        assertThat(times.percentile(99)).isInfinite();
        assertThat(PingTimes.parse("ping: connect: Network is unreachable").percentile(50))
                .isInfinite();
    }
}

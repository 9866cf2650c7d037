package jflannel.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import jflannel.ip.Family;
import org.junit.jupiter.api.Test;

class LabReportTest {
    @Test
    void drawsAMatrixOfOneFamily() {
        List<ConnectivityCheck.Pair> pairs = List.of(
                new ConnectivityCheck.Pair(1, 2, Family.IPV4, 0.5),
                new ConnectivityCheck.Pair(2, 1, Family.IPV4, -1),
                new ConnectivityCheck.Pair(2, 1, Family.IPV6, 7));
        assertThat(LabReport.matrix(2, Family.IPV4, pairs)).hasToString("""
                ┌─────────────┬─────────────┬─────────────┐
                │ from \\ to   │ container-1 │ container-2 │
                ├─────────────┼─────────────┼─────────────┤
                │ container-1 │             │ 0.50        │
                │ container-2 │ LOST        │             │
                └─────────────┴─────────────┴─────────────┘""");
    }

    @Test
    void refusesARowThatDoesNotFit() {
        assertThatThrownBy(() -> new TextTable("a", "b").row("c")).hasMessageContaining("2 cells");
    }

    @Test
    void readsWhatPingSaid() {
        assertThat(Ping.of("""
                PING 100.96.2.3 (100.96.2.3) 56(84) bytes of data.

                --- 100.96.2.3 ping statistics ---
                5 packets transmitted, 4 received, 20% packet loss, time 812ms
                rtt min/avg/max/mdev = 0.070/0.081/0.090/0.000 ms
                """)).isEqualTo(new Ping(5, 4, 0.081));
        assertThat(Ping.of("5 packets transmitted, 0 received, 100% packet loss")
                        .lost())
                .isEqualTo(5);
        assertThat(Ping.of("ping: connect: Network is unreachable").averageMillis())
                .isNegative();
    }
}

package jflannel.lab.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The texts are what iperf3 3.12 printed, without the parts that are not read.
class IperfReportTest {
    private static final String TCP = """
            {"start": {"version": "iperf 3.12"}, "intervals": [], "end": {
              "streams": [{"sender": {"bytes": 151781376}}],
              "sum_sent": {"start": 0, "end": 2.000108, "seconds": 2.000108, "bytes": 151781376, "retransmits": 2427},
              "sum_received": {"start": 0, "end": 2.007902, "seconds": 2.007902, "bytes": 148948060}}}
            """;

    private static final String UDP = """
            {"end": {
              "sum": {"seconds": 2.207804, "bytes": 16238080, "lost_packets": 129404, "packets": 253720},
              "sum_sent": {"seconds": 2.000043, "bytes": 16238080, "lost_packets": 0, "packets": 253720},
              "sum_received": {"seconds": 2.207804, "bytes": 7951168, "lost_packets": 129404, "packets": 253641}}}
            """;

    @Test
    void countsWhatArrivedOverTcpInTheTimeOfSending() throws IOException {
        IperfReport report = IperfReport.parse(TCP);
        assertThat(report.gigabitsPerSecond()).isCloseTo(0.5958, within(0.0001));
        assertThat(report.gigabits()).isCloseTo(1.19158, within(0.00001));
        assertThat(report.lossPercent(1400)).isZero();
    }

    @Test
    void countsDatagramsByTheBytesThatArrived() throws IOException {
        IperfReport report = IperfReport.parse(UDP);
        assertThat(report.packetsSentPerSecond()).isCloseTo(126_857, within(1.0));
        assertThat(report.packetsReceivedPerSecond(64)).isCloseTo(62_118, within(1.0));
        // 124,237 of 253,720 arrived: the last 79, of which the server never heard, are lost as well
        assertThat(report.lossPercent(64)).isCloseTo(51.034, within(0.001));
    }

    @Test
    void repeatsTheErrorOfIperf() {
        assertThatThrownBy(() -> IperfReport.parse("{\"start\": {}, \"error\": \"the server is busy\"}"))
                .isInstanceOf(IOException.class)
                .hasMessage("iperf3: the server is busy");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "iperf3: unrecognized option",
                "{\"end\": {}}",
                "{\"end\": {\"sum_sent\": {\"seconds\": 0}, \"sum_received\": {\"bytes\": 1}}}"
            })
    void refusesWhatHoldsNoSums(String text) {
        assertThatThrownBy(() -> IperfReport.parse(text))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("iperf3 ");
    }
}

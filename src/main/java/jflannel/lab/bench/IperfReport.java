package jflannel.lab.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;

/// What `iperf3 --json` said at the end of a test, as its client tells it: sums over all streams.
///
/// @param seconds for which the client sent
/// @param bytesReceived payload that the server got
/// @param packetsSent datagrams that the client sent; 0 with TCP
/// @param cpuSeconds processor time that client and server used
record IperfReport(double seconds, long bytesReceived, long packetsSent, double cpuSeconds) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /// @throws IOException with iperf3's own words if the test failed
    static IperfReport parse(String text) throws IOException {
        JsonNode root;
        try {
            root = JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IOException("iperf3 printed no JSON: " + e.getOriginalMessage(), e);
        }
        if (root.has("error")) {
            throw new IOException("iperf3: " + root.get("error").asText());
        }
        JsonNode sent = root.path("end").path("sum_sent");
        JsonNode received = root.path("end").path("sum_received");
        if (sent.path("seconds").asDouble() <= 0 || !received.path("bytes").isNumber()) {
            throw new IOException("iperf3 gave no sums; one of 3.7 or newer is needed");
        }
        JsonNode cpu = root.path("end").path("cpu_utilization_percent");
        double percent =
                cpu.path("host_total").asDouble() + cpu.path("remote_total").asDouble();
        return new IperfReport(
                sent.get("seconds").asDouble(),
                received.get("bytes").asLong(),
                sent.path("packets").asLong(),
                sent.get("seconds").asDouble() * percent / 100);
    }

    /// Payload that arrived, in 10⁹ bits a second.
    double gigabitsPerSecond() {
        return gigabits() / seconds;
    }

    /// Payload that arrived, in 10⁹ bits.
    double gigabits() {
        return bytesReceived * 8 / 1e9;
    }

    double packetsSentPerSecond() {
        return packetsSent / seconds;
    }

    /// @param length of each datagram's payload, in bytes
    double packetsReceivedPerSecond(int length) {
        // counted by bytes: iperf3 takes the last datagrams, if lost, for never sent, and late ones for lost
        return (double) bytesReceived / length / seconds;
    }

    /// The share of the datagrams that did not arrive, in percent.
    ///
    /// @param length of each datagram's payload, in bytes
    double lossPercent(int length) {
        return packetsSent == 0 ? 0 : Math.max(0, 100 * (1 - (double) bytesReceived / length / packetsSent));
    }
}

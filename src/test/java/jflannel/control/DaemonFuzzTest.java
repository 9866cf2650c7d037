package jflannel.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.Request;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Map;
import jflannel.ip.Ip;
import jflannel.metrics.Metric;
import jflannel.metrics.Page;
import jflannel.report.Health;
import jflannel.report.MetricsServer;
import jflannel.status.Board;
import jflannel.status.Condition;

/// No request confuses the daemon's servers.
class DaemonFuzzTest {
    /// The first line is what is asked for, the rest the header `Accept`. What is no URI with a path, or no
    /// header, does not come this far.
    @FuzzTest
    void request(byte[] data) throws IOException {
        List<String> lines = new String(data, UTF_8).lines().toList();
        URI uri;
        Headers headers;
        try {
            uri = new URI(lines.isEmpty() ? "" : lines.getFirst());
            headers = Headers.of("Accept", String.join(" ", lines.subList(Math.min(1, lines.size()), lines.size())));
        } catch (URISyntaxException | IllegalArgumentException e) {
            return;
        }
        if (uri.getPath() == null || !uri.getPath().startsWith("/")) {
            return;
        }
        Request request = request(uri, headers);
        Board board = new Board();
        board.raise(Condition.STORE_SILENT, "it is silent");
        try (Health health = Health.start(board, Ip.ANY_V4, 0)) {
            assertThat(health.answer(request).status()).isIn(200, 404, 503);
        }
        Page page = new Page(() -> Map.of("", List.of(readings -> readings.put(Metric.READY, 1))));
        assertThat(MetricsServer.answer(request, page).status()).isIn(200, 404);
    }

    private static Request request(URI uri, Headers headers) {
        return new Request() {
            @Override
            public URI getRequestURI() {
                return uri;
            }

            @Override
            public String getRequestMethod() {
                return "GET";
            }

            @Override
            public Headers getRequestHeaders() {
                return headers;
            }
        };
    }
}

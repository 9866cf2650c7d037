package jflannel.metrics;

import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// The page that Prometheus reads, rendered for each request.
public final class Page {
    private final List<ExpositionFormatWriter> formats =
            List.of(OpenMetricsTextFormatWriter.create(), PrometheusTextFormatWriter.create());
    private final Supplier<Map<String, Collection<Source>>> sources;

    /// @param sources by network, of a daemon that serves several; empty for what is of the whole process. Asked for at
    /// each request: they come and go
    public Page(Supplier<Map<String, Collection<Source>>> sources) {
        this.sources = sources;
    }

    /// A page as text.
    public record Text(String contentType, byte[] body) {}

    /// @param accept the request's header `Accept`, or null: OpenMetrics if it asks for that, else Prometheus' own
    /// format
    public Text render(String accept) throws IOException {
        Readings readings = new Readings();
        sources.get().forEach((network, all) -> {
            readings.of(network);
            all.forEach(source -> source.read(readings));
        });
        ExpositionFormatWriter format = formats.stream()
                .filter(writer -> writer.accepts(accept))
                .findFirst()
                .orElse(formats.getLast());
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        format.write(body, readings.snapshots());
        return new Text(format.getContentType(), body.toByteArray());
    }
}

package jflannel.lab.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// The comparison as one page that needs nothing else to be viewed: the template, the charting library and the JSON
/// report, put together.
final class HtmlReport {
    private static final String LIBRARY = "chartjs/chart.umd.min.js";
    private static final String LICENSE = "chartjs/LICENSE.md";

    private HtmlReport() {}

    /// @param json what [JsonReport] renders
    static String render(String json) {
        return read("report.html")
                .replace("{{license}}", inComment(read(LICENSE)))
                .replace("{{library}}", inScript(read(LIBRARY)))
                .replace("{{style}}", read("report.css"))
                .replace("{{script}}", inScript(read("report.js")))
                // last: it must not bring in placeholders
                .replace("{{data}}", inData(json));
    }

    /// JSON may be written without any `<`, so that nothing in it can end the element that holds it.
    static String inData(String json) {
        return json.replace("<", "\\u003c");
    }

    private static String inScript(String code) {
        return code.replace("</script", "<\\/script");
    }

    private static String inComment(String text) {
        return text.replace("--", "- -");
    }

    private static String read(String resource) {
        try (InputStream in = HtmlReport.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new AssertionError("the build left out " + resource);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

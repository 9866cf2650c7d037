package jflannel.page;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.Request;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import jflannel.report.WebServer;
import jflannel.status.Board;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PagesTest {
    private final Feed feed = new Feed(new Board(), InstantSource.system(), _ -> List.of());
    private final Pages pages = new Pages(feed, new Events("1", "n"));

    private static Request request(String path, Map<String, String> headers) {
        Map<String, List<String>> fields = new TreeMap<>();
        headers.forEach((name, value) -> fields.put(name, List.of(value)));
        Headers given = new Headers(fields);
        return new Request() {
            @Override
            public URI getRequestURI() {
                return URI.create(path);
            }

            @Override
            public String getRequestMethod() {
                return "GET";
            }

            @Override
            public Headers getRequestHeaders() {
                return given;
            }
        };
    }

    private WebServer.Reply get(String path, String... more) {
        Map<String, String> headers = new TreeMap<>(Map.of("Host", "127.0.0.1:9470"));
        for (int i = 0; i < more.length; i += 2) {
            headers.put(more[i], more[i + 1]);
        }
        return pages.answer(request(path, headers));
    }

    private WebServer.Answer page(String path, String... more) {
        return (WebServer.Answer) get(path, more);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/page.css", "/page.js", "/icon.svg", "/events", "/nothing"})
    void everyAnswerConfinesTheBrowser(String path) {
        assertThat(get(path).headers())
                .containsEntry("X-Content-Type-Options", "nosniff")
                .containsEntry("Referrer-Policy", "no-referrer")
                .containsKey("Cache-Control")
                .hasEntrySatisfying(
                        "Content-Security-Policy",
                        policy -> assertThat(policy)
                                .contains("default-src 'none'", "frame-ancestors 'none'", "script-src 'self'")
                                .doesNotContain("unsafe", "http:", "https:", "data:", "*"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1:9470",
                "127.0.0.1",
                "[::1]:9470",
                "[2001:db8::1]",
                "localhost:9470",
                "LOCALHOST",
                "x.localhost"
            })
    void answersByAddressAndAsLocalhost(String host) {
        assertThat(get("/", "Host", host).status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "evil.example:9470",
                "127.0.0.1.evil.example",
                "",
                "::1",
                "localhost.evil.example",
                "[evil]:1",
                "[127.0.0.1]:1"
            })
    void answersUnderNoOtherName(String host) {
        assertThat(get("/events", "Host", host).status()).isEqualTo(403);
        assertThat(get("/", "Host", host).status()).isEqualTo(403);
    }

    @Test
    void answersNobodyWhoNamesNoHost() {
        assertThat(pages.answer(request("/", Map.of())).status()).isEqualTo(403);
    }

    @Test
    void otherSitesMayLinkHereButAskForNothing() {
        assertThat(get("/events", "Sec-fetch-site", "cross-site").status()).isEqualTo(403);
        assertThat(get("/events", "Sec-fetch-site", "same-site").status()).isEqualTo(403);
        assertThat(get("/events", "Sec-fetch-site", "same-origin").status()).isEqualTo(200);
        assertThat(get("/", "Sec-fetch-site", "cross-site", "Sec-fetch-mode", "navigate")
                        .status())
                .isEqualTo(200);
    }

    @Test
    void sendsAFileOnlyWhenItHasChanged() {
        WebServer.Answer first = page("/page.css");
        String tag = first.headers().get("ETag");
        assertThat(page("/page.css", "If-none-match", tag))
                .satisfies(again -> assertThat(again.status()).isEqualTo(304))
                .satisfies(again -> assertThat(again.body()).isEmpty());
        assertThat(page("/page.js").headers().get("ETag")).isNotEqualTo(tag);
        assertThat(page("/page.css", "If-none-match", "W/\"other\"").status()).isEqualTo(200);
    }

    @Test
    void packsFilesForThoseWhoCanUnpackThem() throws IOException {
        WebServer.Answer plain = page("/page.js");
        WebServer.Answer packed = page("/page.js", "Accept-encoding", "gzip, br");
        assertThat(plain.headers()).doesNotContainKey("Content-Encoding");
        assertThat(packed.headers()).containsEntry("Content-Encoding", "gzip");
        assertThat(new GZIPInputStream(new ByteArrayInputStream(packed.body())).readAllBytes())
                .isEqualTo(plain.body());
    }

    @Test
    void namesNoOtherPlaceAndHasNothingInline() {
        for (String path : Asset.all().keySet()) {
            String text = new String(page(path).body(), UTF_8).replace("http://www.w3.org/2000/svg", "");
            assertThat(text).as(path).isNotBlank().doesNotContain("http:", "https:", "//cdn", "@import", "innerHTML");
        }
        assertThat(new String(page("/").body(), UTF_8))
                .doesNotContainPattern("<script(?! type=\"module\" src=\"page.js\")|<style|style=|\\son\\w+=");
    }

    @Test
    void saysThatTooManyWatch() {
        for (int i = 0; i < Feed.MOST; i++) {
            feed.join();
        }
        assertThat(get("/events").status()).isEqualTo(503);
    }

    /// WCAG 2.2, 1.4.3: text needs a ratio of 4.5 to what is behind it.
    @Test
    void textContrastsWithItsGroundInBothColourSchemes() {
        Matcher scheme = Pattern.compile(":root \\{(.*?)}", Pattern.DOTALL)
                .matcher(new String(page("/page.css").body(), UTF_8));
        int schemes = 0;
        while (scheme.find()) {
            Map<String, String> colours = new TreeMap<>();
            Pattern.compile("--([a-z-]+): #(\\w{6});")
                    .matcher(scheme.group(1))
                    .results()
                    .forEach(found -> colours.put(found.group(1), found.group(2)));
            schemes++;
            for (String pair : ("ink/ground ink/card quiet/ground quiet/card accent/card card/accent good/good-ground"
                            + " doubtful/doubtful-ground broken/broken-ground ink/doubtful-ground ink/broken-ground"
                            + " doubtful/card broken/ground doubtful/ground quiet/broken-ground")
                    .split(" ")) {
                double one = luminance(colours.get(pair.substring(0, pair.indexOf('/'))));
                double other = luminance(colours.get(pair.substring(pair.indexOf('/') + 1)));
                assertThat((Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05))
                        .as(pair)
                        .isGreaterThanOrEqualTo(4.5);
            }
        }
        assertThat(schemes).isEqualTo(2);
    }

    private static double luminance(String colour) {
        double[] weights = {0.2126, 0.7152, 0.0722};
        double sum = 0;
        for (int i = 0; i < weights.length; i++) {
            double part = Integer.parseInt(colour.substring(2 * i, 2 * i + 2), 16) / 255.0;
            sum += weights[i] * (part <= 0.04045 ? part / 12.92 : Math.pow((part + 0.055) / 1.055, 2.4));
        }
        return sum;
    }
}

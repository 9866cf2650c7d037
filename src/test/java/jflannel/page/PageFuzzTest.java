package jflannel.page;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.sun.net.httpserver.Headers;

/// No request confuses the status page.
class PageFuzzTest {
    @FuzzTest
    void query(byte[] data) {
        try {
            WayQuery query = WayQuery.parse(new String(data, UTF_8));
            assertThat(query.port()).isBetween(0, 65_535);
            assertThat(query.to()).isNotNull();
        } catch (IllegalArgumentException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    @FuzzTest
    void host(byte[] data) {
        Headers headers = new Headers();
        try {
            headers.set("Host", new String(data, UTF_8));
        } catch (IllegalArgumentException e) {
            return; // no header
        }
        if (Visit.objection(headers).isEmpty()) {
            assertThat(headers.getFirst("Host").toLowerCase(java.util.Locale.ROOT))
                    .matches("\\[?[0-9a-f:.]+]?(:.*)?|(.*\\.)?localhost(:.*)?");
        }
    }
}

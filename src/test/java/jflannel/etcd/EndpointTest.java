package jflannel.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import jflannel.lease.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointTest {
    @ParameterizedTest
    @CsvSource(useHeadersInDisplayName = true, textBlock = """
            url,                         TLS files, endpoint
            http://127.0.0.1:2379,       false,     http://127.0.0.1:2379
            https://etcd.example:2379/,  false,     https://etcd.example:2379
            http://127.0.0.1:2379,       true,      http://127.0.0.1:2379
            127.0.0.1:2379,              false,     http://127.0.0.1:2379
            127.0.0.1:2379,              true,      https://127.0.0.1:2379
            http://[::1]:2379,           false,     http://[::1]:2379
            https://etcd.example,        false,     https://etcd.example:2379
            """)
    void readsUrls(String url, boolean tls, String endpoint) {
        assertThat(Endpoint.parse(List.of(" " + url), tls)).singleElement().hasToString(endpoint);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", " ", "ftp://a:1", "http://", "http://a b:1", "http://a:1/path", "http://a:x", "unix:///x"})
    void refusesAnythingElse(String url) {
        assertThatThrownBy(() -> Endpoint.parse(List.of(url), false))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("--etcd-endpoints")
                .hasMessageContaining("2379");
    }

    @Test
    void repeatsNoPassword() {
        assertThatThrownBy(() -> Endpoint.parse(List.of("http://root:secret@127.0.0.1:2379"), false))
                .isInstanceOf(ConfigException.class)
                .message()
                .doesNotContain("secret");
    }

    @Test
    void keepsTheOrderAndDropsRepetitions() {
        assertThat(Endpoint.parse(List.of("http://b:1", "", "http://a:1", "http://b:1"), false))
                .extracting(Endpoint::toString)
                .containsExactly("http://b:1", "http://a:1");
    }
}
